import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { View } from '../../src/publish/view.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import type { Dial, Link } from '../rig/xds/delta-client.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import { serviceOf, services, urlOf, type Service } from '../rig/xds/xds-types.ts';
import { ClusterSet } from './cluster-set.ts';
import { ListenerSet } from './listener-set.ts';
import { StreamRules, type Response } from './stream-rules.ts';
import type { Interest } from './type-subscription.ts';
import { XdsMux, type Answer } from './xds-mux.ts';

export interface ModelOptions {
  readonly id: string;
  readonly gateway: string;
  readonly clock: Clock;
  /** Time for which a replaced or removed listener goes on. */
  readonly drainMs: number;
  /** Called to read the next message. */
  readonly schedule: (task: () => void) => void;
  /** Resources for its Gateway's proxies now; undefined: the server leaves them as they are. */
  readonly view: () => View | undefined;
  /** Counts events that may change the view. */
  readonly generation: () => number;
}

/** Changes the initial versions of a reconnecting proxy. */
export type Claim = (service: Service, versions: Map<string, string>) => Map<string, string>;

/**
 * An Envoy by its sources: requests, resources in force, waits, and what survives a NACK or the end of a stream.
 * Each message is checked against make-before-break and the protocol; breaks go into `violations`.
 */
export class EnvoyModel {
  readonly violations: string[] = [];
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly gateway: string;
  reject: (service: Service, resource: HeldResource) => string | undefined = () => undefined;
  /** It was slow enough for the server to stop waiting: requests may fail until it has everything. */
  tolerant = false;
  readonly #options: ModelOptions;
  readonly #mux = new XdsMux();
  readonly #held = new Set<Service>();
  /** Rejected clusters, and names in force without what they waited for: not the server's fault. */
  readonly #excused = new Set<string>();
  /** Listeners and clusters that it has and did not name on this stream: the server cannot remove them. */
  readonly #unsaid = new Set<string>();
  /** Listeners with old routes whose clusters may be removed: until their routes come. */
  readonly #abandoned = new Set<string>();
  /** Resources on this stream: `CDS a -b`. */
  #log: string[] = [];
  #rules = new StreamRules();
  #inbox: Response[] = [];
  #link: Link | undefined;
  #isStalled = false;
  #isReading = false;
  #isClosed = false;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.gateway = options.gateway;
    this.clusters = new ClusterSet(this.#mux, () => void this.#mux.subscription('LDS'));
    this.listeners = new ListenerSet(this.#mux, options.clock, options.drainMs);
    this.#mux.subscription('CDS');
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** Messages or answers wait. */
  get isSlow(): boolean {
    return this.#isStalled || this.#held.size > 0;
  }

  get idle(): boolean {
    return this.#link === undefined || this.#isStalled || this.#inbox.length === 0;
  }

  /** True when it was sent the wanted version alone, on this stream, and rejected it. */
  hasRejected(service: Service, name: string): boolean {
    const rejected = this.#rules.rejections.get(`${service} ${name}`);
    return rejected !== undefined && rejected.version === this.#wanted(service, name);
  }

  get log(): readonly string[] {
    return this.#log;
  }

  /** It did not name this on the stream, so no server can know. */
  #keepsUnsaid(service: Service, name: string): boolean {
    return this.#unsaid.has(`${service} ${name}`) && this.#wanted(service, name) === undefined;
  }

  /** It waits for endpoints of an unwanted cluster, until Envoy's own timeout: meanwhile a new stream asks for none. */
  get waitsInVain(): boolean {
    const isUnknown = (name: string): boolean =>
      this.#unsaid.has(`CDS ${name}`) || !this.#rules.type('CDS').requested;
    return [this.clusters.active, this.clusters.warming].some((instances) =>
      [...instances].some(
        ([name, { isInitialized }]) =>
          !isInitialized && isUnknown(name) && this.#wanted('CDS', name) === undefined,
      ),
    );
  }

  /** Rejected routes or a Secret, here or elsewhere, keep the newest version from being in force. */
  waitsForRejected(listener: string): boolean {
    const { awaited, version } = this.listeners.warming.get(listener) ?? {};
    if (awaited === undefined || version !== this.#wanted('LDS', listener)) return false;
    return [...awaited].some((key) => {
      const service = key.startsWith('RDS') ? 'RDS' : 'SDS';
      return this.#isWithheld(service, key.slice(4)) || this.hasRejected(service, key.slice(4));
    });
  }

  get keepsAnyUnsaid(): boolean {
    return [...this.#unsaid].some((key) =>
      services.some(
        (service) => key === `${service} ${key.slice(4)}` && this.#keepsUnsaid(service, key.slice(4)),
      ),
    );
  }

  get rejectsAnything(): boolean {
    return this.#rules.rejections.size > 0;
  }

  get rejectsUses(): boolean {
    return [...this.#rules.rejections.keys()].some((key) => key.startsWith('LDS') || key.startsWith('RDS'));
  }

  connect(dial: Dial, claim: Claim = (_, versions) => versions): void {
    this.disconnect();
    this.#rules = new StreamRules();
    this.#log = [];
    this.#unsaid.clear();
    const { id, gateway } = this.#options;
    let isOver = false;
    const link = dial({ id, cluster: gateway }, (message) => {
      if (!isOver) this.#arrived(message);
    });
    this.#link = {
      send: (request) => link.send(request),
      close: () => {
        isOver = true;
        link.close();
      },
    };
    this.#mux.onStream((service, interest, answer) => this.#send(service, interest, answer, claim));
  }

  disconnect(): void {
    this.release();
    this.#isStalled = false;
    this.#inbox = [];
    this.#mux.onStreamEnd();
    this.clusters.onStreamEnd();
    this.listeners.onStreamEnd();
    this.#link?.close();
    this.#link = undefined;
  }

  close(): void {
    this.disconnect();
    this.#isClosed = true;
  }

  toggleHold(service: Service): void {
    if (this.#held.delete(service)) this.#mux.resume(service);
    else {
      this.#held.add(service);
      this.#mux.pause(service);
    }
  }

  toggleStall(): void {
    this.#isStalled = !this.#isStalled;
    this.#read();
  }

  release(): void {
    for (const service of services) if (this.#held.has(service)) this.toggleHold(service);
    if (this.#isStalled) this.toggleStall();
  }

  /** Empty for a proxy that has everything. */
  unsettled(): string[] {
    if (!this.isConnected) return [];
    const problems = [
      ...[...this.clusters.warming]
        .filter(([, { endpoints }]) => !this.#isWithheld('EDS', endpoints))
        .map(([name]) => `cluster ${name} waits for its endpoints`),
      ...[...this.listeners.warming]
        .filter(([name]) => !this.#keepsUnsaid('LDS', name) && !this.waitsForRejected(name))
        .map(([name, { awaited }]) => `listener ${name} waits for ${[...awaited].join()}`),
    ];
    if (this.#mux.unsent > 0) problems.push('an answer has not been sent');
    for (const service of services) {
      const type = this.#rules.type(service);
      if (type.unanswered !== undefined) problems.push(`${service}: a response has no answer`);
      for (const name of this.#rules.due(service)) {
        if (!type.wildcard && !type.names.has(name)) continue;
        if (this.#wanted(service, name) === undefined || this.hasRejected(service, name)) continue;
        problems.push(`${service} ${name} has not come`);
      }
    }
    return problems;
  }

  /** Version by `CDS name`, without names that no server can know. Of routes, endpoints and Secrets the named ones. */
  inForce(): Map<string, string> {
    const all = new Map<string, string>();
    for (const [name, { version, endpoints, assignment }] of this.clusters.active) {
      if (this.#keepsUnsaid('CDS', name)) continue;
      all.set(`CDS ${name}`, version);
      all.set(`EDS ${endpoints}`, assignment?.version ?? 'none');
    }
    for (const [name, { version, routes, secrets }] of this.listeners.active) {
      if (this.#keepsUnsaid('LDS', name)) continue;
      all.set(`LDS ${name}`, version);
      for (const route of routes)
        all.set(`RDS ${route}`, this.listeners.routes.get(route)?.version ?? 'none');
      for (const secret of secrets)
        all.set(`SDS ${secret}`, this.listeners.secrets.get(secret)?.version ?? 'none');
    }
    return all;
  }

  #send(service: Service, interest: Interest, answer: Answer | undefined, claim: Claim): void {
    const claimed =
      interest.initialVersions.size === 0
        ? interest.initialVersions
        : claim(service, new Map(interest.initialVersions));
    if (!this.#rules.type(service).requested) this.#noteUnsaid(service, claimed);
    const said = { ...interest, initialVersions: claimed };
    this.#rules.said(service, said, answer);
    this.#link?.send({
      typeUrl: urlOf(service),
      node: undefined,
      nonce: answer?.nonce ?? '',
      error: answer?.error,
      ...said,
    });
  }

  #arrived(message: Uint8Array): void {
    const decoded = DeltaDiscoveryResponse.decode(message);
    const { typeUrl = '', nonce = '', resources = [], removedResources: removed = [] } = decoded;
    const service = serviceOf(typeUrl);
    if (service === undefined) return this.#violation('a response of a type that was not asked for', typeUrl);
    const brought = new Map<string, HeldResource>();
    for (const { name = '', version = '', resource } of resources) {
      if (brought.has(name)) this.#violation('a name twice in one response', `${service} ${name}`);
      if (resource?.typeUrl !== typeUrl) this.#violation('an Any of another type', `${service} ${name}`);
      brought.set(name, { version, bytes: resource?.value ?? new Uint8Array(0) });
      if (service === 'RDS') this.#noteExcuses(version, resource?.value ?? new Uint8Array(0));
      if (service !== 'EDS') continue;
      const wanted = this.#wanted(service, name);
      if (wanted !== undefined && wanted !== version)
        this.#violation('endpoints that are not the newest', name);
    }
    if (brought.size + removed.length > 0) {
      this.#log.push([service, ...brought.keys(), ...removed.map((name) => `-${name}`)].join(' '));
      this.#log.splice(0, this.#log.length - maxLogLines);
    }
    this.#noteAbandoned();
    const isUnread = this.#inbox.some((other) => other.service === service);
    if (isUnread || this.#rules.type(service).unanswered !== undefined)
      this.#violation('a second response before the answer to the first', service);
    this.#inbox.push({ service, nonce, brought, removed, requests: this.#rules.requests });
    this.#read();
  }

  #read(): void {
    if (this.#isReading || this.idle) return;
    this.#isReading = true;
    this.#options.schedule(() => {
      this.#isReading = false;
      const response = this.idle ? undefined : this.#inbox.shift();
      if (response === undefined || this.#isClosed) return;
      this.#receive(response);
      this.#read();
    });
  }

  #receive(response: Response): void {
    const { service, nonce, brought, removed } = response;
    for (const problem of this.#rules.check(response, this.#options.generation()))
      this.#violation(problem, service);
    const subscription = this.#mux.find(service);
    // Without a watch Envoy drops the message, and never answers.
    if (subscription === undefined)
      return this.#violation('no subscription in Envoy is of this type', service);
    const watched = new Map([...brought].filter(([name]) => subscription.isWatched(name)));
    const error = this.#apply(service, watched, removed);
    if (error === undefined) {
      subscription.record(brought, removed);
      this.#rules.accepted(response);
    } else this.#rules.rejected(response, this.#options.generation());
    // Last: requests for names in the response go before its answer.
    this.#mux.answer(service, { nonce, error });
    this.checkTraffic();
  }

  /** Names that Envoy leaves out, also those of a rejected response, which it did not record. */
  #noteUnsaid(service: Service, claimed: ReadonlyMap<string, string>): void {
    if (service !== 'CDS' && service !== 'LDS') return;
    const { active, warming } = service === 'CDS' ? this.clusters : this.listeners;
    for (const name of [...active.keys(), ...warming.keys()])
      if (!claimed.has(name)) this.#unsaid.add(`${service} ${name}`);
  }

  #noteAbandoned(): void {
    for (const name of this.listeners.active.keys())
      if (this.#keepsUnsaid('LDS', name)) this.#abandoned.add(name);
  }

  /** Returns the error of a NACK. Parts may be in force nevertheless, by type. */
  #apply(
    service: Service,
    brought: ReadonlyMap<string, HeldResource>,
    removed: readonly string[],
  ): string | undefined {
    const bad = new Map<string, string>();
    for (const [name, resource] of brought) {
      const text = this.reject(service, resource);
      if (text !== undefined) bad.set(name, text);
    }
    const good = new Map([...brought].filter(([name]) => !bad.has(name)));
    switch (service) {
      case 'CDS':
        for (const name of bad.keys()) this.#excused.add(name);
        this.clusters.update(good, removed);
        break;
      case 'LDS':
        this.listeners.update(good, removed);
        break;
      case 'ECDS':
        // No walk has plugins.
        break;
      case 'EDS':
      case 'RDS':
      case 'SDS':
        // Watches are called in turn, up to the first that rejects.
        for (const [name, resource] of brought) {
          if (bad.has(name)) break;
          this.#excused.delete(name);
          if (service === 'EDS') this.clusters.setEndpoints(name, resource);
          else this.listeners.set(service, name, resource);
          for (const [listener, { routes }] of this.listeners.active)
            if (service === 'RDS' && routes.includes(name)) this.#abandoned.delete(listener);
        }
        if (service === 'EDS' && bad.size === 0)
          for (const name of removed) this.clusters.setEndpoints(name, undefined);
        if (bad.size > 0) this.#failed(service);
        this.clusters.settle();
        this.listeners.settle();
        break;
    }
    return bad.size === 0 ? undefined : [...bad].map(([name, text]) => `${name}: ${text}`).join('\n');
  }

  #failed(service: 'EDS' | 'RDS' | 'SDS'): void {
    if (service === 'EDS') {
      this.clusters.endpointsFailed();
      return;
    }
    for (const [listener, { awaited }] of this.listeners.warming) {
      for (const name of awaited) this.#excused.add(name.slice(4));
      // It uses older routes, maybe of a draining listener of this name.
      if (service === 'RDS') this.#abandoned.add(listener);
    }
    this.listeners.failed(service);
  }

  /** Every request must find its certificate, route and cluster. */
  checkTraffic(): void {
    if (this.tolerant) return;
    for (const [listener, { routes, secrets }] of this.listeners.active) {
      if (this.#abandoned.has(listener)) continue;
      for (const secret of secrets) {
        if (!this.listeners.secrets.has(secret) && !this.#excused.has(secret))
          this.#violation(`has no Secret ${secret}`, listener);
      }
      for (const route of routes) this.#checkRoute(listener, route);
    }
  }

  #checkRoute(listener: string, name: string): void {
    const route = this.listeners.routes.get(name);
    if (route === undefined) {
      if (!this.#excused.has(name)) this.#violation(`has no routes ${name}`, listener);
      return;
    }
    for (const cluster of resourceRefs('RDS', route.version, route.bytes).CDS) {
      if (this.#isExcusable(cluster)) this.#excused.add(cluster);
      if (this.clusters.active.has(cluster)) this.#excused.delete(cluster);
      else if (!this.#excused.has(cluster))
        this.#violation(`names cluster ${cluster}, which is not there`, name);
    }
  }

  /** Routes that came excused stay so until the cluster exists, even when its rejection ends. */
  #noteExcuses(version: string, bytes: Uint8Array): void {
    for (const cluster of resourceRefs('RDS', version, bytes).CDS)
      if (this.#isExcusable(cluster)) this.#excused.add(cluster);
  }

  /** Proxies reject every version of it, or only older routes name it while newer ones are rejected. */
  #isExcusable(cluster: string): boolean {
    const isOld = this.#options.view()?.rejectsUses === true && this.#wanted('CDS', cluster) === undefined;
    return isOld || this.#isWithheld('CDS', cluster);
  }

  #wanted(service: Service, name: string): string | undefined {
    return this.#options.view()?.get(urlOf(service), name)?.version;
  }

  #isWithheld(service: Service, name: string): boolean {
    return this.#options.view()?.clientKeeps(urlOf(service), name) === true;
  }

  #violation(problem: string, where: string): void {
    this.violations.push(`${this.#options.id}: ${where}: ${problem} (${this.#log.slice(-14).join('; ')})`);
  }
}

const maxLogLines = 100;
