import type { ListenerJson } from '../envoy-json.ts';
import { drainOf, type Drain } from './drains.ts';
import { jsonDifference, type FieldChange } from './json-difference.ts';
import type { Outcome, OutcomeResource } from './outcome.ts';

export interface Difference {
  readonly gateways: readonly GatewayDifference[];
  readonly statuses: readonly StatusChange[];
}

export interface GatewayDifference {
  readonly gateway: string;
  /** Connected proxies that get the changes; undefined: not known. */
  readonly proxies: number | undefined;
  /** Bytes of new and changed resources, for each proxy. */
  readonly bytes: number;
  readonly resources: readonly ResourceChange[];
}

export interface ResourceChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly type: string;
  readonly name: string;
  readonly bytes: number;
  /** Empty for a new or removed one, and where only what is secret differs. */
  readonly fields: readonly FieldChange[];
  /** Absent for what is no listener. */
  readonly drain?: Drain;
}

export interface StatusChange {
  readonly object: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly fields: readonly FieldChange[];
}

/** Lists what differs; decodes changed resources alone. `proxiesOf` counts the connected proxies of a Gateway. */
export function differenceOf(
  before: Outcome,
  after: Outcome,
  proxiesOf: (gateway: string) => number | undefined,
): Difference {
  const gateways = [...new Set([...before.gateways.keys(), ...after.gateways.keys()])].sort();
  return {
    gateways: gateways.flatMap((gateway) => {
      const resources = changesOf(before.gateways.get(gateway) ?? [], after.gateways.get(gateway) ?? []);
      const bytes = resources.reduce((sum, one) => sum + one.bytes, 0);
      return resources.length === 0 ? [] : [{ gateway, proxies: proxiesOf(gateway), bytes, resources }];
    }),
    statuses: statusChanges(before.statuses, after.statuses),
  };
}

export function isEmpty({ gateways, statuses }: Difference): boolean {
  return gateways.length + statuses.length === 0;
}

function changesOf(before: readonly OutcomeResource[], after: readonly OutcomeResource[]): ResourceChange[] {
  const old = byId(before);
  const now = byId(after);
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((id) => {
    const [from, to] = [old.get(id), now.get(id)];
    return from?.version === to?.version ? [] : (changeOf(from, to) ?? []);
  });
}

function changeOf(
  from: OutcomeResource | undefined,
  to: OutcomeResource | undefined,
): ResourceChange | undefined {
  const one = to ?? from;
  if (one === undefined) return undefined;
  const { type, name } = one;
  const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
  const [old, now] = [from?.json(), to?.json()];
  return {
    change,
    type,
    name,
    bytes: to?.bytes ?? 0,
    fields: change === 'changed' ? jsonDifference(old, now) : [],
    ...(type === 'listeners'
      ? { drain: drainOf(old as ListenerJson | undefined, now as ListenerJson | undefined) }
      : {}),
  };
}

function byId(resources: readonly OutcomeResource[]): ReadonlyMap<string, OutcomeResource> {
  return new Map(resources.map((resource) => [`${resource.type} ${resource.name}`, resource]));
}

function statusChanges(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): StatusChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((object): StatusChange[] => {
    const [old, now] = [before.get(object), after.get(object)];
    if (old === undefined) return [{ object, change: 'added', fields: wrongIn(now, '') }];
    if (now === undefined) return [{ object, change: 'removed', fields: [] }];
    const fields = jsonDifference(old, now).filter(({ path }) => !path.endsWith('.observedGeneration'));
    return fields.length === 0 ? [] : [{ object, change: 'changed', fields }];
  });
}

/** Lists what is wrong in a new status: the rest is no news. */
function wrongIn(value: unknown, path: string): FieldChange[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => wrongIn(item, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  const { type, status, reason, message } = value as Readonly<Record<string, unknown>>;
  if (status === 'False' && (type === 'Accepted' || type === 'ResolvedRefs'))
    return [
      { path: `${path}.status`, before: undefined, after: `False (${String(reason)}): ${String(message)}` },
    ];
  return Object.entries(value).flatMap(([name, item]) =>
    wrongIn(item, path === '' ? name : `${path}.${name}`),
  );
}
