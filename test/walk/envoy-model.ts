import { askedAs, type HeldResource } from '../rig/xds/client-type.ts';
import type { Dial, Link } from '../rig/xds/client-options.ts';
import { services, urlOf, type Service } from '../rig/xds/xds-types.ts';
import { ClusterSet } from './cluster-set.ts';
import { HostRules } from './host-rules.ts';
import { HostSecrets } from './host-secrets.ts';
import { ListenerSet } from './listener-set.ts';
import type { Claim, ModelOptions } from './model-options.ts';
import { readResponse } from './read-response.ts';
import { Rest } from './rest.ts';
import { StreamRules, type Response } from './stream-rules.ts';
import { Traffic } from './traffic.ts';
import type { Interest } from './type-subscription.ts';
import { Unsaid } from './unsaid.ts';
import { Wanted } from './wanted.ts';
import { XdsMux, type Answer } from './xds-mux.ts';

/**
 * An Envoy by its sources: requests, resources in force, waits, and what survives a NACK or the end of a stream.
 * Each message is checked against make-before-break and the protocol; breaks go into `violations`.
 */
export class EnvoyModel {
  readonly violations: string[] = [];
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly gateway: string;
  readonly rest: Rest;
  reject: (service: Service, resource: HeldResource) => string | undefined = () => undefined;
  /** It was slow enough for the server to stop waiting: requests may fail until it has everything. */
  tolerant = false;
  readonly #options: ModelOptions;
  readonly #mux = new XdsMux();
  readonly #held = new Set<Service>();
  readonly #wanted: Wanted;
  readonly #traffic: Traffic;
  readonly #hostRules: HostRules;
  readonly #hostSecrets: HostSecrets;
  readonly #unsaid: Unsaid;
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
    this.listeners = new ListenerSet(this.#mux, options.clock, options.drainMs);
    this.clusters = new ClusterSet(
      this.#mux,
      () => void this.#mux.subscription('LDS'),
      (secret) => this.listeners.release('SDS', secret),
    );
    this.#wanted = new Wanted(options.view);
    const { clusters, listeners } = this;
    const violation = (problem: string, where: string): void => this.#violation(problem, where);
    const failure = (problem: string, where: string): void => {
      if (!this.tolerant) violation(problem, where);
    };
    const wanted = this.#wanted;
    const mux = this.#mux;
    const unsaid = new Unsaid({ clusters, listeners, mux, wanted });
    this.#unsaid = unsaid;
    this.rest = new Rest({ clusters, listeners, mux, wanted, unsaid, rules: () => this.#rules });
    this.#traffic = new Traffic({ clusters, listeners, wanted, unsaid, failure });
    this.#hostRules = new HostRules({ tables: listeners.tables, mux, wanted, violation, failure });
    this.#hostSecrets = new HostSecrets({ listeners, mux, wanted, failure });
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

  get log(): readonly string[] {
    return this.#log;
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

  #send(service: Service, interest: Interest, answer: Answer | undefined, claim: Claim): void {
    const claimed =
      interest.initialVersions.size === 0
        ? interest.initialVersions
        : claim(service, new Map(interest.initialVersions));
    if (!this.#rules.type(service).requested) this.#unsaid.note(service, claimed);
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
    const response = readResponse(message, (problem, where) => this.#violation(problem, where));
    if (response === undefined) return;
    const { service, brought, removed } = response;
    for (const [name, taken] of brought) {
      if (service === 'RDS' || service === 'VHDS') this.#traffic.onRoutes(service, taken);
      if (service !== 'EDS') continue;
      const wanted = this.#wanted.version(service, name);
      if (wanted !== undefined && wanted !== taken.version)
        this.#violation('endpoints that are not the newest', name);
    }
    if (brought.size + removed.length > 0) {
      this.#log.push([service, ...brought.keys(), ...removed.map((name) => `-${name}`)].join(' '));
      this.#log.splice(0, this.#log.length - 100);
    }
    this.#traffic.noteAbandoned();
    if (service === 'RDS') this.#hostRules.onRoutes(brought);
    if (service === 'VHDS') this.#hostRules.onSent({ brought, removed }, this.#rules, this.#inbox);
    const isUnread = this.#inbox.some((other) => other.service === service);
    if (isUnread || this.#rules.type(service).unanswered !== undefined)
      this.#violation('a second response before the answer to the first', service);
    this.#inbox.push({ ...response, requests: this.#rules.requests });
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
    if (service === 'SDS') this.#hostSecrets.onRemoved(removed);
    const { tables } = this.listeners;
    const isWatched = (name: string): boolean =>
      service === 'VHDS' ? tables.of(name) !== undefined : subscription.isWatched(askedAs(name));
    const watched = new Map([...brought].filter(([name]) => isWatched(name)));
    if (service === 'VHDS') this.#hostRules.onTaken(response, this.#rules);
    const error = this.#apply(service, watched, removed, nonce);
    if (error === undefined) {
      subscription.record(brought, removed);
      this.#rules.accepted(response);
    } else this.#rules.rejected(response, this.#options.generation());
    this.#hostSecrets.update();
    // Last: requests for names in the response go before its answer.
    this.#mux.answer(service, { nonce, error });
    this.#traffic.check();
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
      case 'SRDS':
        this.listeners.setScopes(good);
        this.listeners.settle();
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
          if (service === 'SDS') this.clusters.setSecret(name);
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
    if (service === 'SDS') this.clusters.secretsFailed();
    this.#traffic.onFailed(service);
    this.listeners.failed(service);
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
