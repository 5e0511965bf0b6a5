import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { View } from '../../src/publish/view.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import type { Dial, Link } from '../rig/xds/delta-client.ts';
import { serviceOf, services, urlOf, type Service } from '../rig/xds/xds-types.ts';
import { ClusterSet } from './cluster-set.ts';
import { HostRules } from './host-rules.ts';
import { awaitedIn, ListenerSet } from './listener-set.ts';
import { StreamRules, type Response } from './stream-rules.ts';
import { Traffic } from './traffic.ts';
import type { Interest } from './type-subscription.ts';
import { Wanted } from './wanted.ts';
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
  readonly #wanted: Wanted;
  readonly #traffic: Traffic;
  readonly #hostRules: HostRules;
  /** Listeners, clusters and hosts that it has and did not name on this stream: the server cannot remove them. */
  readonly #unsaid = new Set<string>();
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
    this.#wanted = new Wanted(options.view);
    const { clusters, listeners } = this;
    const violation = (problem: string, where: string): void => this.#violation(problem, where);
    const failure = (problem: string, where: string): void => {
      if (!this.tolerant) violation(problem, where);
    };
    const wanted = this.#wanted;
    const keepsUnsaid = (service: Service, name: string): boolean => this.#keepsUnsaid(service, name);
    this.#traffic = new Traffic({ clusters, listeners, wanted, keepsUnsaid, failure });
    this.#hostRules = new HostRules({ tables: listeners.tables, mux: this.#mux, wanted, violation, failure });
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
    return rejected !== undefined && rejected.version === this.#wanted.version(service, name);
  }

  get log(): readonly string[] {
    return this.#log;
  }

  /** It did not name this on the stream, so no server can know. */
  #keepsUnsaid(service: Service, name: string): boolean {
    return this.#unsaid.has(`${service} ${name}`) && this.#wanted.version(service, name) === undefined;
  }

  /** It waits for endpoints of an unwanted cluster, until Envoy's own timeout: meanwhile a new stream asks for none. */
  get waitsInVain(): boolean {
    const isUnknown = (name: string): boolean =>
      this.#unsaid.has(`CDS ${name}`) || !this.#rules.type('CDS').requested;
    return [this.clusters.active, this.clusters.warming].some((instances) =>
      [...instances].some(
        ([name, { isInitialized }]) =>
          !isInitialized && isUnknown(name) && this.#wanted.version('CDS', name) === undefined,
      ),
    );
  }

  /** Rejected routes or a Secret, here or elsewhere, keep the newest version from being in force. */
  waitsForRejected(listener: string): boolean {
    const { awaited, version } = this.listeners.warming.get(listener) ?? {};
    if (awaited === undefined || version !== this.#wanted.version('LDS', listener)) return false;
    return [...awaited].some((key) => {
      const { service: type, name } = awaitedIn(key);
      return this.#wanted.isWithheld(type, name) || this.hasRejected(type, name);
    });
  }

  get keepsAnyUnsaid(): boolean {
    // Its first request was empty and asked for all: it dropped the hosts, and names them at a reconnect.
    if (this.#rules.type('RDS').wildcard) return true;
    return [...this.#unsaid].some((key) =>
      services.some((service) => key.startsWith(`${service} `) && this.#keepsUnsaid(service, nameIn(key))),
    );
  }

  get rejectsAnything(): boolean {
    return this.#rules.rejections.size > 0;
  }

  get rejectsUses(): boolean {
    return [...this.#rules.rejections.keys()].some((key) => /^(LDS|RDS|VHDS) /.test(key));
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
        .filter(([, { endpoints }]) => !this.#wanted.isWithheld('EDS', endpoints))
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
        if (this.#wanted.version(service, name) === undefined || this.hasRejected(service, name)) continue;
        if (service === 'VHDS' && this.listeners.tables.of(name) === undefined) continue;
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
      for (const route of routes) this.#addTable(route, all);
      for (const secret of secrets)
        all.set(`SDS ${secret}`, this.listeners.secrets.get(secret)?.version ?? 'none');
    }
    return all;
  }

  #addTable(name: string, all: Map<string, string>): void {
    const table = this.listeners.tables.get(name);
    all.set(`RDS ${name}`, table?.routes.version ?? 'none');
    // The server cannot know of a RouteConfiguration that Envoy did not name and has rejected since.
    if (table === undefined || !this.#rules.type('RDS').held.has(name)) return;
    for (const host of this.#wanted.hostsOf(name)) all.set(`VHDS ${host}`, 'none');
    for (const [host, { version }] of table.hosts)
      if (!this.#keepsUnsaid('VHDS', host)) all.set(`VHDS ${host}`, version);
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
      const taken = { version, bytes: resource?.value ?? new Uint8Array(0) };
      brought.set(name, taken);
      if (service === 'RDS' || service === 'VHDS') this.#traffic.onRoutes(service, taken);
      if (service !== 'EDS') continue;
      const wanted = this.#wanted.version(service, name);
      if (wanted !== undefined && wanted !== version)
        this.#violation('endpoints that are not the newest', name);
    }
    if (brought.size + removed.length > 0) {
      this.#log.push([service, ...brought.keys(), ...removed.map((name) => `-${name}`)].join(' '));
      this.#log.splice(0, this.#log.length - maxLogLines);
    }
    this.#traffic.noteAbandoned();
    if (service === 'RDS') this.#hostRules.onRoutes(brought);
    if (service === 'VHDS') this.#hostRules.onSent({ brought, removed }, this.#rules, this.#inbox);
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
    const { tables } = this.listeners;
    const isWatched = (name: string): boolean =>
      service === 'VHDS' ? tables.of(name) !== undefined : subscription.isWatched(name);
    const watched = new Map([...brought].filter(([name]) => isWatched(name)));
    if (service === 'VHDS') this.#hostRules.onTaken(response, this.#rules);
    const error = this.#apply(service, watched, removed, nonce);
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
    for (const name of this.#ownedBy(service)) if (!claimed.has(name)) this.#unsaid.add(`${service} ${name}`);
  }

  #ownedBy(service: Service): readonly string[] {
    if (service === 'VHDS')
      return [...this.listeners.tables.hosts(), ...(this.#mux.find(service)?.versions.keys() ?? [])];
    if (service !== 'CDS' && service !== 'LDS') return [];
    const { active, warming } = service === 'CDS' ? this.clusters : this.listeners;
    return [...active.keys(), ...warming.keys()];
  }

  /** Returns the error of a NACK. Parts may be in force nevertheless, by type. */
  #apply(
    service: Service,
    brought: ReadonlyMap<string, HeldResource>,
    removed: readonly string[],
    nonce: string,
  ): string | undefined {
    const bad = new Map<string, string>();
    for (const [name, resource] of brought) {
      const text = this.reject(service, resource);
      if (text !== undefined) bad.set(name, text);
    }
    const good = new Map([...brought].filter(([name]) => !bad.has(name)));
    switch (service) {
      case 'CDS':
        for (const name of bad.keys()) this.#traffic.onRejected(name);
        this.clusters.update(good, removed);
        break;
      case 'LDS':
        this.listeners.update(good, removed);
        break;
      case 'ECDS':
        // No walk has plugins.
        break;
      case 'VHDS':
        for (const name of brought.keys()) this.#traffic.onAccepted(service, name);
        this.listeners.tables.update(brought, removed, new Set(bad.keys()), `${this.#options.id} ${nonce}`);
        if (bad.size > 0) this.#failed(service);
        this.listeners.settle();
        break;
      case 'EDS':
      case 'RDS':
      case 'SDS':
        // Watches are called in turn, up to the first that rejects.
        for (const [name, resource] of brought) {
          if (bad.has(name)) break;
          this.#traffic.onAccepted(service, name);
          if (service === 'EDS') this.clusters.setEndpoints(name, resource);
          else this.listeners.set(service, name, resource);
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

  #failed(service: 'EDS' | 'RDS' | 'SDS' | 'VHDS'): void {
    if (service === 'EDS') {
      this.clusters.endpointsFailed();
      return;
    }
    this.#traffic.onFailed(service);
    this.listeners.failed(service);
  }

  /** Every request must find its certificate, route and cluster. */
  checkTraffic(): void {
    this.#traffic.check();
  }

  /** Called when everything has come. */
  onRest(): void {
    this.tolerant = false;
    this.#traffic.onRest();
    this.#traffic.check();
  }

  #violation(problem: string, where: string): void {
    this.violations.push(`${this.#options.id}: ${where}: ${problem} (${this.#log.slice(-14).join('; ')})`);
  }
}

function nameIn(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

const maxLogLines = 100;
