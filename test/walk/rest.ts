import { resourceRefs } from '../rig/xds/resource-refs.ts';
import { services, type Service } from '../rig/xds/xds-types.ts';
import { awaitedIn } from './listener-set.ts';
import type { StreamRules } from './stream-rules.ts';
import type { Unsaid, UnsaidOptions } from './unsaid.ts';

interface RestOptions extends UnsaidOptions {
  readonly unsaid: Unsaid;
  /** Returns the rules of the stream now. */
  readonly rules: () => StreamRules;
}

/** Resources in force and waits of a proxy when nothing is under way: what it lacks, and whether a server can know. */
export class Rest {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /** True when it was sent the wanted version alone, on this stream, and rejected it. */
  hasRejected(service: Service, name: string): boolean {
    const { rules, wanted } = this.#options;
    const rejected = rules().rejections.get(`${service} ${name}`);
    return rejected !== undefined && rejected.version === wanted.version(service, name);
  }

  get rejectsAnything(): boolean {
    return this.#options.rules().rejections.size > 0;
  }

  get rejectsUses(): boolean {
    return [...this.#options.rules().rejections.keys()].some((key) => /^(LDS|RDS|VHDS) /.test(key));
  }

  /** It waits for endpoints of an unwanted cluster, until Envoy's own timeout: meanwhile a new stream asks for none. */
  get waitsInVain(): boolean {
    const { clusters, rules, unsaid, wanted } = this.#options;
    const isUnknown = (name: string): boolean => unsaid.has('CDS', name) || !rules().type('CDS').requested;
    return [clusters.active, clusters.warming].some((instances) =>
      [...instances].some(
        ([name, { isInitialized }]) =>
          !isInitialized && isUnknown(name) && wanted.version('CDS', name) === undefined,
      ),
    );
  }

  /** Rejected routes or a Secret, here or elsewhere, keep the newest version from being in force. */
  waitsForRejected(listener: string): boolean {
    const { listeners, wanted } = this.#options;
    const { awaited, version } = listeners.warming.get(listener) ?? {};
    if (awaited === undefined || version !== wanted.version('LDS', listener)) return false;
    return [...awaited].some((key) => {
      const { service: type, name } = awaitedIn(key);
      return wanted.isWithheld(type, name) || this.hasRejected(type, name);
    });
  }

  get keepsAnyUnsaid(): boolean {
    // Its first request was empty and asked for all: it dropped the hosts, and names them at a reconnect.
    return this.#options.rules().type('RDS').wildcard || this.#options.unsaid.keepsAny;
  }

  /** Empty for a proxy that has everything. */
  unsettled(): string[] {
    const { clusters, listeners, mux, rules, unsaid, wanted } = this.#options;
    const problems = [
      ...[...clusters.warming]
        .filter(([, { endpoints, awaited }]) => !this.#isInVain(endpoints, awaited))
        .map(([name]) => `cluster ${name} waits for its endpoints or Secrets`),
      ...[...listeners.warming]
        .filter(([name]) => !unsaid.keeps('LDS', name) && !this.waitsForRejected(name))
        .map(([name, { awaited }]) => `listener ${name} waits for ${[...awaited].join()}`),
    ];
    if (mux.unsent > 0) problems.push('an answer has not been sent');
    for (const service of services) {
      const type = rules().type(service);
      if (type.unanswered !== undefined) problems.push(`${service}: a response has no answer`);
      for (const name of rules().due(service)) {
        if (!type.wildcard && !type.names.has(name)) continue;
        if (wanted.version(service, name) === undefined || this.hasRejected(service, name)) continue;
        if (service === 'VHDS' && listeners.tables.of(name) === undefined) continue;
        problems.push(`${service} ${name} has not come`);
      }
    }
    return problems;
  }

  /** Rejected endpoints or Secrets, here or elsewhere, keep a cluster from being in force. */
  #isInVain(endpoints: string | undefined, secrets: ReadonlySet<string>): boolean {
    const { wanted } = this.#options;
    return (
      (endpoints !== undefined && wanted.isWithheld('EDS', endpoints)) ||
      [...secrets].some((name) => wanted.isWithheld('SDS', name) || this.hasRejected('SDS', name))
    );
  }

  /** Version by `CDS name`, without names that no server can know. Of routes, endpoints and Secrets the named ones. */
  inForce(): Map<string, string> {
    const { clusters, listeners, unsaid } = this.#options;
    const all = new Map<string, string>();
    for (const [name, { version, endpoints, secrets, assignment }] of clusters.active) {
      if (unsaid.keeps('CDS', name)) continue;
      all.set(`CDS ${name}`, version);
      if (endpoints !== undefined) all.set(`EDS ${endpoints}`, assignment?.version ?? 'none');
      for (const secret of secrets)
        all.set(`SDS ${secret}`, listeners.secrets.get(secret)?.version ?? 'none');
    }
    for (const [name, instance] of listeners.active) {
      if (unsaid.keeps('LDS', name)) continue;
      const { version, collections, secrets } = instance;
      all.set(`LDS ${name}`, version);
      for (const collection of collections)
        for (const [scope, held] of listeners.scopes.versionsOf(collection)) all.set(`SRDS ${scope}`, held);
      for (const route of listeners.routesOf(instance)) this.#addTable(route, all);
      for (const secret of secrets)
        all.set(`SDS ${secret}`, listeners.secrets.get(secret)?.version ?? 'none');
    }
    return all;
  }

  #addTable(name: string, all: Map<string, string>): void {
    const { listeners, rules, unsaid, wanted } = this.#options;
    const table = listeners.tables.get(name);
    all.set(`RDS ${name}`, table?.routes.version ?? 'none');
    // The server cannot know of a RouteConfiguration that Envoy did not name and has rejected since.
    if (table === undefined || !rules().type('RDS').held.has(name)) return;
    for (const host of wanted.hostsOf(name)) all.set(`VHDS ${host}`, 'none');
    for (const [host, { version, bytes }] of table.hosts) {
      if (unsaid.keeps('VHDS', host)) continue;
      all.set(`VHDS ${host}`, version);
      for (const secret of resourceRefs('VHDS', version, bytes).SDS)
        all.set(`SDS ${secret}`, listeners.secrets.get(secret)?.version ?? 'none');
    }
  }
}
