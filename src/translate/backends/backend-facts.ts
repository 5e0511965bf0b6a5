import { resourceKey, type ReadKey } from '../../lib/key.ts';
import { backendFacts, factKeys, type BackendFact } from '../../kinds/backend-kind.ts';
import { isLoopback, type BackendRow } from '../../kinds/envoy-gateway/backend.ts';
import { backendThat } from '../../kinds/indexes.ts';
import type { Problem } from '../../kinds/row.ts';
import { unreadableParts } from '../../kinds/unreadable.ts';
import { setting, type Reader } from '../reader.ts';

/** Returns undefined for a Backend that does not exist. */
export function factsOf(
  reader: Reader,
  namespace: string,
  name: string,
): ReadonlySet<BackendFact> | undefined {
  const facts = new Set(
    backendFacts.filter((fact) => reader.index(backendThat(namespace, name, fact)).length > 0),
  );
  if (facts.has('exists')) return facts;
  // Notes that it is missing: a rule that newly names it waits for the row, and not for an index.
  reader.row('Backend', namespace, name);
  return undefined;
}

/** Kinds of addresses by which a tenant would reach more than a Service could give, with the option that allows each. */
const guarded = [
  { fact: 'names', setting: 'backendHostnames', option: 'translate.backends.hostnames' },
  { fact: 'loopback', setting: 'allowLoopbackEndpoints', option: 'translate.allowLoopbackEndpoints' },
  { fact: 'unix', setting: 'backendUnixSockets', option: 'translate.backends.unixSockets' },
] as const;

/** Returns true for a Backend whose requests are answered with an error. */
export function isRefused(reader: Reader, facts: ReadonlySet<BackendFact>): boolean {
  if (facts.has('closed')) return true;
  return guarded.some(({ fact, setting: name }) => facts.has(fact) && setting(reader, name) !== true);
}

/** Returns the rows and indexes that {@link acceptedBackend} reads. */
export function acceptedKeys(namespace: string, name: string): ReadKey[] {
  return [resourceKey('Backend', namespace, name), ...factKeys(namespace, name)];
}

/** Returns undefined for a Backend that is missing or refused. */
export function acceptedBackend(reader: Reader, namespace: string, name: string): BackendRow | undefined {
  reader.expect(acceptedKeys(namespace, name));
  const facts = factsOf(reader, namespace, name);
  if (facts === undefined || isRefused(reader, facts)) return undefined;
  return reader.row('Backend', namespace, name);
}

/** Returns the reasons for {@link isRefused}, with field paths. Costs O(endpoints). */
export function refusals(reader: Reader, { metadata, spec }: BackendRow): Problem[] {
  const has = {
    names: ({ fqdn }: BackendRow['spec']['endpoints'][number]) => fqdn !== undefined,
    loopback: isLoopback,
    unix: ({ unix }: BackendRow['spec']['endpoints'][number]) => unix !== undefined,
  };
  return [
    ...unreadableParts({ metadata, spec }, ''),
    ...guarded.flatMap(({ fact, setting: name, option }) => {
      const at = setting(reader, name) === true ? -1 : spec.endpoints.findIndex(has[fact]);
      if (at < 0) return [];
      return [{ path: `spec.endpoints[${at}]`, message: `${what[fact]}, which the option ${option} allows` }];
    }),
  ];
}

const what = {
  names: 'is a name, and a name may lead anywhere',
  loopback: "is on the proxy's own host",
  unix: "is a socket of the proxy's own host",
} as const;
