import type { JsonObject } from '@bufbuild/protobuf';
import { DeltaDiscoveryResponse } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { isShard } from '../../../src/units/route-shard.ts';
import { must } from '../../../src/lib/assert.ts';
import type { DeltaRequest } from '../../../src/xds/delta-request.ts';
import { ClientHosts } from './client-hosts.ts';
import { ClientType, type HeldResource } from './client-type.ts';
import { namesIn, resourceRefs } from './resource-refs.ts';
import { emptyRequest, type ClientOptions, type Dial, type Link } from './client-options.ts';
import { brokenUses, clustersWait, unmadeUses } from './cluster-uses.ts';
import { withHosts } from './with-hosts.ts';
import { namedBy, users } from './named-by.ts';
import { xdsJson } from './xds-json.ts';
import { serviceOf, services, urlOf, type Service } from './xds-types.ts';

/**
 * A proxy that behaves as Envoy does: asks for clusters and listeners, then for what they name; keeps what it ACKed;
 * answers a changed cluster only when its endpoints have followed.
 * `violations` has breaks of the protocol and of make-before-break; `Pipeline.settle` throws them.
 */
export class DeltaClient {
  /** A line for each response: `CDS a b -c` added clusters a and b, and removed c. */
  readonly log: string[] = [];
  readonly violations: string[] = [];
  /** Returns the message of a NACK. */
  reject: (service: Service, name: string, bytes: Uint8Array) => string | undefined = () => undefined;
  /** Routes may name missing clusters, since a test lets a hold reach its deadline. */
  tolerant = false;
  readonly #types = new Map<Service, ClientType>(services.map((service) => [service, new ClientType()]));
  readonly #hosts = new ClientHosts(this.#type('VHDS'), this.#type('RDS'));
  readonly #link: Link;
  readonly #options: ClientOptions;
  readonly #inbox: Uint8Array[] = [];
  readonly #nonces = new Set<string>();
  readonly #heldAnswers = new Set<Service>();
  #reading = false;
  #closed = false;
  #warmedUp = false;

  constructor(dial: Dial, options: ClientOptions = {}) {
    this.#options = options;
    const node = { id: options.id ?? 'proxy', cluster: options.gateway ?? 'default/web' };
    this.#link = dial(node, (message) => {
      this.#inbox.push(message);
      this.#read();
    });
    if (options.follows !== false) this.#start(options.restore);
  }

  get idle(): boolean {
    return this.#closed || this.#inbox.length === 0;
  }

  names(service: Service): string[] {
    return [...this.#type(service).held.keys()].sort();
  }

  requests(service: Service): boolean {
    return this.#type(service).requested;
  }

  held(service: Service): ReadonlyMap<string, HeldResource> {
    return this.#type(service).held;
  }

  /** Names with which it asks for what it holds. */
  subscribed(service: Service): ReadonlySet<string> {
    return service === 'SRDS' ? this.#type(service).names : new Set(this.held(service).keys());
  }

  json(service: Service, name: string): JsonObject {
    return xdsJson(urlOf(service), must(this.held(service).get(name), `${service} ${name}`).bytes);
  }

  /** Returns a RouteConfiguration as the proxy uses it. */
  routes(name: string): JsonObject {
    const hosts = this.#hosts.namesOf(name).map((host) => this.json('VHDS', host));
    return withHosts(this.json('RDS', name), hosts);
  }

  take(): string[] {
    return this.log.splice(0);
  }

  /** ACKs and NACKs of this type wait until `release`. */
  hold(service: Service): void {
    this.#heldAnswers.add(service);
  }

  holds(service: Service): boolean {
    return this.#heldAnswers.has(service);
  }

  release(service: Service): void {
    this.#heldAnswers.delete(service);
    this.#answer(service);
  }

  subscribe(service: Service, names: readonly string[], fields: Partial<DeltaRequest> = {}): void {
    this.#type(service).subscribe(names);
    this.#send(service, { subscribe: names, ...fields });
  }

  unsubscribe(service: Service, names: readonly string[], fields: Partial<DeltaRequest> = {}): void {
    this.#type(service).unsubscribe(names);
    this.#send(service, { unsubscribe: names, ...fields });
  }

  /** The first request of a type with a wildcard: `names` is empty or `*`. */
  startWildcard(service: Service, names: readonly string[]): void {
    this.#type(service).subscribe(['*']);
    this.#send(service, { subscribe: names });
  }

  sendRaw(request: Partial<DeltaRequest>): void {
    this.#link.send({ ...emptyRequest, ...request });
  }

  /** It has lost its state: everything must come. */
  forgetHeld(): void {
    for (const type of this.#types.values()) type.held.clear();
    this.#hosts.clear();
  }

  /** Names in its initial versions that it does not have. */
  expectRemoval(service: Service, names: readonly string[]): void {
    for (const name of names) this.#type(service).asked.add(name);
  }

  close(): void {
    this.#closed = true;
    this.#link.close();
  }

  unsettled(): string[] {
    if (this.#closed || this.#options.follows === false) return [];
    const missingNames = services.flatMap((service) => {
      const type = this.#type(service);
      const missing = [...type.awaited, ...type.missing];
      // A proxy does not wait for a plugin that it has rejected.
      const awaited = missing.filter((name) => service !== 'ECDS' || !type.rejected.has(name));
      return [...new Set(awaited)].map((name) => `${service} ${name} has not come`);
    });
    return [...missingNames, ...this.#hosts.unsettled];
  }

  #type(service: Service): ClientType {
    return must(this.#types.get(service), service);
  }

  #start(before: DeltaClient | undefined): void {
    for (const service of this.#options.order ?? services) {
      const type = this.#type(service);
      for (const [name, resource] of before?.held(service) ?? []) type.held.set(name, resource);
      if (service === 'VHDS') {
        if (before?.requests('VHDS') !== true) continue;
        this.#hosts.restore(before.#hosts);
      }
      const known = service === 'VHDS' ? this.#hosts.claims : type.held;
      const versions = new Map([...known].map(([name, { version }]) => [name, version]));
      // Envoy names no versions of a collection.
      const named = service === 'SRDS' ? new Map<string, string>() : versions;
      const initialVersions = this.#options.initialVersions?.(service, named) ?? named;
      const wildcard = service === 'CDS' || service === 'LDS' || service === 'VHDS';
      const subscribe = wildcard ? [] : [...(before?.subscribed(service) ?? [])];
      if (!wildcard && subscribe.length === 0) continue;
      type.subscribe(wildcard ? ['*'] : subscribe.filter((name) => !initialVersions.has(name)));
      for (const name of subscribe) type.names.add(name);
      this.#send(service, { subscribe, initialVersions });
    }
    if (before !== undefined) this.#warmedUp = true;
  }

  #send(service: Service, fields: Partial<DeltaRequest>): void {
    if (this.#closed) return;
    this.#type(service).requested = true;
    this.#link.send({ ...emptyRequest, typeUrl: urlOf(service), ...fields });
  }

  #read(): void {
    if (this.#reading || this.#closed) return;
    this.#reading = true;
    const schedule = this.#options.schedule ?? setImmediate;
    schedule(() => {
      this.#reading = false;
      const message = this.#inbox.shift();
      if (message === undefined || this.#closed) return;
      this.#receive(message);
      if (this.#inbox.length > 0) this.#read();
    });
  }

  #receive(message: Uint8Array): void {
    const response = DeltaDiscoveryResponse.decode(message);
    const { typeUrl = '', nonce = '', resources = [], removedResources = [] } = response;
    const service = serviceOf(typeUrl);
    if (service === undefined) return this.#violation('a response of a type that was not asked for', typeUrl);
    const type = this.#type(service);
    const brought = new Map<string, HeldResource>();
    for (const { name = '', version = '', resource } of resources) {
      if (brought.has(name)) this.#violation('a name twice in one response', `${service} ${name}`);
      if (resource?.typeUrl !== typeUrl) this.#violation('an Any of another type', `${service} ${name}`);
      brought.set(name, { version, bytes: resource?.value ?? new Uint8Array(0) });
    }
    if (this.#options.checks !== false) this.#check(service, nonce, brought, removedResources);
    const names = [...brought.keys()];
    this.#options.onResponse?.(service, names, message);
    const errors = [...brought].map(([name, { bytes }]) => this.reject(service, name, bytes));
    const error = errors.find((text) => text !== undefined);
    type.unanswered = { nonce, error };
    // Slots follow a listener, even a rejected one.
    for (const [, { version, bytes }] of service === 'LDS' ? brought : [])
      for (const name of resourceRefs('LDS', version, bytes).ECDS) this.#type('ECDS').asked.add(name);
    if (error === undefined) this.#accept(service, brought, removedResources);
    else if (names.length + removedResources.length === 1)
      for (const [name, { version }] of brought) type.rejected.set(name, version);
    else for (const name of names) type.uncertain.add(name);
    if (service === 'CDS' && error !== undefined)
      for (const name of namesIn('CDS', brought, 'EDS')) this.#type('EDS').offered.add(name);
    this.#answer(service);
    if (service === 'EDS' || service === 'SDS') this.#answer('CDS');
  }

  #check(
    service: Service,
    nonce: string,
    brought: ReadonlyMap<string, HeldResource>,
    removed: readonly string[],
  ): void {
    this.log.push([service, ...[...brought.keys()].sort(), ...removed.map((name) => `-${name}`)].join(' '));
    if (nonce === '' || this.#nonces.has(nonce)) this.#violation('a nonce twice, or none', nonce);
    this.#nonces.add(nonce);
    const isHosts = service === 'VHDS';
    const unknown = isHosts ? removed.filter((name) => !this.#hosts.mayBeRemoved(name)) : removed;
    for (const problem of this.#type(service).check(brought, unknown)) this.#violation(problem, service);
    if (isHosts) for (const problem of this.#hosts.check(brought)) this.#violation(problem, service);
    if (this.tolerant) return;
    for (const problem of unmadeUses(service, brought, this.#types)) this.#violation(problem, service);
    if (service === 'CDS')
      for (const problem of brokenUses(removed, this.#types)) this.#violation(problem, 'CDS');
  }

  /** A resource that is removed and added is a new one, even to a client that rejected it and saw no change. */
  forgetRejected(): void {
    for (const type of this.#types.values()) type.rejected.clear();
  }

  #accept(service: Service, brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    const type = this.#type(service);
    const before = new Set(type.held.keys());
    type.accept(brought, removed);
    if (this.#options.follows === false) return;
    if (service === 'VHDS') {
      this.#hosts.accept(brought, removed);
      this.#follow('SDS');
    }
    if (service === 'RDS') {
      this.#hosts.routesTaken(before);
      this.#follow('SDS');
      const hasHosts = [...type.held.keys()].some((name) => !isShard(name));
      if (hasHosts && !this.#type('VHDS').requested) this.startWildcard('VHDS', []);
    }
    if (service !== 'CDS' && service !== 'LDS' && service !== 'SRDS') return;
    // Routes of a scope do not come again with it.
    for (const named of service === 'SRDS' ? [] : namedBy[service])
      for (const name of namesIn(service, brought, named)) this.#type(named).awaited.add(name);
    for (const named of namedBy[service]) this.#follow(named);
  }

  /** Subscribes to the names in the resources held now, and to no others. */
  #follow(service: keyof typeof users): void {
    const wanted = new Set(users[service].flatMap((user) => namesIn(user, this.#type(user).held, service)));
    const type = this.#type(service);
    const subscribe = [...wanted].filter((name) => !type.names.has(name));
    const unsubscribe = [...type.names].filter((name) => !wanted.has(name));
    if (subscribe.length === 0 && unsubscribe.length === 0) return;
    type.subscribe(subscribe);
    type.unsubscribe(unsubscribe);
    if (service === 'RDS') this.#hosts.routesLeft(unsubscribe);
    this.#send(service, { subscribe, unsubscribe });
  }

  #answer(service: Service): void {
    const type = this.#type(service);
    if (type.unanswered === undefined || this.#heldAnswers.has(service)) return;
    const { nonce, error } = type.unanswered;
    // After its start, Envoy reads no further CDS while clusters wait for endpoints or CAs.
    const warming = service === 'CDS' && this.#warmedUp && clustersWait(this.#types);
    if (warming && this.#options.follows !== false && error === undefined) return;
    type.unanswered = undefined;
    type.unansweredNames.clear();
    if (service === 'CDS') this.#warmedUp = true;
    this.#send(service, { nonce, error });
  }

  #violation(problem: string, where: string): void {
    this.violations.push(`${where}: ${problem}`);
  }
}
