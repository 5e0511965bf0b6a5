import { must } from '../../src/lib/assert.ts';
import { askedAs, ClientType, type HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';
import { noVirtualHost, routeConfigurationOf } from '../../src/units/virtual-host-name.ts';
import type { Interest } from './type-subscription.ts';
import type { Answer } from './xds-mux.ts';

export interface Response {
  readonly service: Service;
  readonly nonce: string;
  readonly brought: ReadonlyMap<string, HeldResource>;
  readonly removed: readonly string[];
  /** The client's requests that the server had when it sent this. */
  readonly requests: number;
}

/** Allowed responses on a stream: nothing twice without a request, nothing rejected, one response at a time. */
export class StreamRules {
  readonly #types = new Map<Service, ClientType>(services.map((service) => [service, new ClientType()]));
  readonly #nonces = new Set<string>();
  /** Names that must come: requested, named by a new resource, or rejected beside others. */
  readonly #due = new Map<Service, Set<string>>(services.map((service) => [service, new Set()]));
  /** RouteConfigurations that were asked for as new ones, or rejected: all of their hosts may come again behind them. */
  readonly #newTables = new Set<string>();
  #requests = 0;
  /** By `CDS name`: the last request with it. */
  readonly #askedBy = new Map<string, number>();
  /** By `CDS name`: versions rejected alone, and their generation. */
  readonly #rejections = new Map<string, { readonly version: string; readonly generation: number }>();

  get rejections(): ReadonlyMap<string, { readonly version: string }> {
    return this.#rejections;
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
    const isFirst = !type.requested;
    if (isFirst) {
      for (const [name, version] of initialVersions)
        type.held.set(name, { version, bytes: new Uint8Array(0) });
      if (subscribe.length === 0) type.wildcard = true;
    }
    type.requested = true;
    if (service === 'RDS')
      for (const name of subscribe) if (!initialVersions.has(name)) this.#newTables.add(name);
    if (isFirst && service === 'VHDS') this.#hostsMayCome([...this.#newTables]);
    this.#requests++;
    for (const name of subscribe) this.#askedBy.set(`${service} ${name}`, this.#requests);
    if (answer !== undefined) type.unanswered = undefined;
    type.subscribe(subscribe.filter((name) => !initialVersions.has(name)));
    for (const name of subscribe) type.names.add(name);
    type.unsubscribe(unsubscribe);
    for (const name of subscribe) if (!initialVersions.has(name)) this.due(service).add(name);
    for (const name of unsubscribe) this.due(service).delete(name);
  }

  #hostsMayCome(tables: readonly string[]): void {
    const { held, asked } = this.type('VHDS');
    for (const host of held.keys())
      if (this.#newTables.has(routeConfigurationOf(host)) && tables.includes(routeConfigurationOf(host)))
        asked.add(host);
  }

  due(service: Service): Set<string> {
    return must(this.#due.get(service), service);
  }

  /** False for a response that was sent before the server had the last request for `asked`, as in `RDS name`. */
  isAnswer({ requests }: Response, asked: string): boolean {
    return (this.#askedBy.get(asked) ?? 0) <= requests;
  }

  /** Returns violations. Rejected bytes may come again in a later `generation`. */
  check(response: Response, generation: number): string[] {
    const { service, nonce, brought, removed } = response;
    const type = this.type(service);
    if (service === 'RDS') this.#hostsMayCome([...brought.keys()]);
    const problems = type.check(
      brought,
      removed.filter((name) => !saysNone(name)),
    );
    for (const [name, { version }] of brought) {
      const rejection = this.#rejections.get(`${service} ${name}`);
      if (rejection?.version === version && rejection.generation === generation)
        problems.push(`${name} came in the version rejected`);
    }
    if (nonce === '' || this.#nonces.has(nonce)) problems.push(`a nonce twice, or none: ${nonce}`);
    this.#nonces.add(nonce);
    type.unanswered = { nonce, error: undefined };
    // The client may accept it or not; the names in it may follow in any case.
    for (const [name, named] of namedBy(response)) this.type(named).awaited.add(name);
    // So may routes of the listener's former filter chains, which drain.
    const { names, awaited } = this.type('RDS');
    for (const listener of service === 'LDS' ? brought.keys() : [])
      for (const name of names) if (name.startsWith(`${listener}:`)) awaited.add(name);
    return problems;
  }

  /** Names in the response must follow it. */
  accepted(response: Response): void {
    const { service, brought, removed } = response;
    this.type(service).accept(brought, removed);
    if (service === 'RDS' && this.type('VHDS').requested)
      for (const name of brought.keys()) this.#newTables.delete(name);
    for (const name of [...brought.keys(), ...removed]) {
      this.due(service).delete(name);
      this.#rejections.delete(`${service} ${name}`);
    }
    for (const name of brought.keys()) {
      const asked = service === 'VHDS' ? `RDS ${routeConfigurationOf(name)}` : `${service} ${askedAs(name)}`;
      if (this.isAnswer(response, asked)) continue;
      this.type(service).asked.add(name);
      this.due(service).add(name);
    }
    for (const [name, named] of namedBy(response)) this.due(named).add(name);
  }

  /** Everything in the response must come again, except when it was alone. */
  rejected({ service, brought, removed }: Response, generation: number): void {
    const type = this.type(service);
    if (service === 'RDS') for (const name of brought.keys()) this.#newTables.add(name);
    const isAlone = brought.size + removed.length === 1;
    for (const [name, { version }] of brought) {
      if (isAlone) {
        this.due(service).delete(name);
        this.#rejections.set(`${service} ${name}`, { version, generation });
      } else {
        // Parts may be in force nevertheless, and so may be removed, too.
        type.asked.add(name);
        this.due(service).add(name);
      }
    }
  }
}

/** True for the removal that says that a RouteConfiguration has no hosts. */
function saysNone(name: string): boolean {
  return name === noVirtualHost(routeConfigurationOf(name));
}

/** Types of names in a resource that have to follow it. */
const named = { CDS: ['EDS', 'SDS'], LDS: ['SRDS', 'RDS', 'SDS'] } as const;

function namedBy({ service, brought }: Response): [name: string, service: 'EDS' | 'SRDS' | 'RDS' | 'SDS'][] {
  if (service !== 'CDS' && service !== 'LDS') return [];
  return [...brought].flatMap(([, { version, bytes }]) => {
    const refs = resourceRefs(service, version, bytes);
    return named[service].flatMap((other) =>
      refs[other].map((name): [string, typeof other] => [name, other]),
    );
  });
}
