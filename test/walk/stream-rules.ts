import { must } from '../../src/lib/assert.ts';
import { ClientType, type HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';
import type { Interest } from './type-subscription.ts';
import type { Answer } from './xds-mux.ts';

/** One response, decoded. */
export interface Response {
  readonly service: Service;
  readonly nonce: string;
  readonly brought: ReadonlyMap<string, HeldResource>;
  readonly removed: readonly string[];
  /** Number of the client's requests that the server had when it sent this. */
  readonly requests: number;
}

/**
 * Describes what the server may believe of a client, from what has been said on one stream, and so what it may send: nothing twice
 * that it was not asked for, nothing that was refused, one response at a time.
 */
export class StreamRules {
  readonly #types = new Map<Service, ClientType>(services.map((service) => [service, new ClientType()]));
  readonly #nonces = new Set<string>();
  /** Names by service that have to come: they were asked for, or what uses them has come, or they were refused beside others. */
  readonly #due = new Map<Service, Set<string>>(services.map((service) => [service, new Set()]));
  /** Requests so far. */
  #requests = 0;
  /** By `CDS name`: which request asked for it last. */
  readonly #askedBy = new Map<string, number>();
  /** Holds what was refused when it came alone, by `CDS name`, and when, as `generation` counts. */
  readonly #refusals = new Map<string, { readonly version: string; readonly generation: number }>();

  get refusals(): ReadonlyMap<string, { readonly version: string }> {
    return this.#refusals;
  }

  get requests(): number {
    return this.#requests;
  }

  type(service: Service): ClientType {
    return must(this.#types.get(service), service);
  }

  /** The client sends a request. */
  said(service: Service, { subscribe, unsubscribe, initialVersions }: Interest, answer?: Answer): void {
    const type = this.type(service);
    if (!type.requested) {
      for (const [name, version] of initialVersions)
        type.held.set(name, { version, bytes: new Uint8Array(0) });
      if (subscribe.length === 0) type.wildcard = true;
    }
    type.requested = true;
    this.#requests++;
    for (const name of subscribe) this.#askedBy.set(`${service} ${name}`, this.#requests);
    if (answer !== undefined) type.unanswered = undefined;
    type.subscribe(subscribe.filter((name) => !initialVersions.has(name)));
    for (const name of subscribe) type.names.add(name);
    type.unsubscribe(unsubscribe);
    for (const name of subscribe) if (!initialVersions.has(name)) this.due(service).add(name);
    for (const name of unsubscribe) this.due(service).delete(name);
  }

  due(service: Service): Set<string> {
    return must(this.#due.get(service), service);
  }

  /**
   * Returns what is wrong with a response that the client reads now. `generation` counts what may have made a resource another one:
   * refused bytes may come again after that.
   */
  check(response: Response, generation: number): string[] {
    const { service, nonce, brought, removed } = response;
    const type = this.type(service);
    const problems = type.check(brought, removed);
    for (const [name, { version }] of brought) {
      const refusal = this.#refusals.get(`${service} ${name}`);
      if (refusal?.version === version && refusal.generation === generation)
        problems.push(`${name} came in the version refused`);
    }
    if (nonce === '' || this.#nonces.has(nonce)) problems.push(`a nonce twice, or none: ${nonce}`);
    this.#nonces.add(nonce);
    type.unanswered = { nonce, error: undefined };
    // Nobody knows yet whether the client takes the response; what it names may follow in any case.
    for (const [name, named] of namedBy(response)) this.type(named).awaited.add(name);
    // So may the routes of filter chains that the listener had before: they drain, and are watched still.
    const { names, awaited } = this.type('RDS');
    for (const listener of service === 'LDS' ? brought.keys() : [])
      for (const name of names) if (`${name}/`.startsWith(`${listener}/`)) awaited.add(name);
    return problems;
  }

  /** The client has taken the response: what it names has to come behind it. */
  accepted(response: Response): void {
    const { service, brought, removed } = response;
    this.type(service).accept(brought, removed);
    for (const name of [...brought.keys(), ...removed]) {
      this.due(service).delete(name);
      this.#refusals.delete(`${service} ${name}`);
    }
    for (const name of brought.keys()) {
      // What was sent before the server heard of it is no answer.
      if ((this.#askedBy.get(`${service} ${name}`) ?? 0) <= response.requests) continue;
      this.type(service).asked.add(name);
      this.due(service).add(name);
    }
    for (const [name, named] of namedBy(response)) this.due(named).add(name);
  }

  /** The client has refused the response: whatever was in it has to come again, but for what was in it alone. */
  refused({ service, brought, removed }: Response, generation: number): void {
    const type = this.type(service);
    const isAlone = brought.size + removed.length === 1;
    for (const [name, { version }] of brought) {
      if (isAlone) {
        this.due(service).delete(name);
        this.#refusals.set(`${service} ${name}`, { version, generation });
      } else {
        // Some of it may be in force all the same, and so may be removed, too.
        type.asked.add(name);
        this.due(service).add(name);
      }
    }
  }
}

/** Returns what the resources of a response name: endpoints by clusters, routes and Secrets by listeners. */
function namedBy({ service, brought }: Response): [name: string, service: 'EDS' | 'RDS' | 'SDS'][] {
  if (service !== 'CDS' && service !== 'LDS') return [];
  return [...brought].flatMap(([, { version, bytes }]) => {
    const refs = resourceRefs(service, version, bytes);
    const named = service === 'CDS' ? (['EDS'] as const) : (['RDS', 'SDS'] as const);
    return named.flatMap((other) => refs[other].map((name): [string, typeof other] => [name, other]));
  });
}
