import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { rejectionFor, type RejectionsOfObject } from './rejections.ts';

/**
 * Adds to a route's translated status that proxies of a parent reject it, so that the last good version is served.
 * The API has a condition and its first words for that: https://gateway-api.sigs.k8s.io/geps/gep-1364/
 * `gatewayOf` returns the Gateway of a ListenerSet, `namespace/name`.
 */
export function routeStatus(
  report: unknown,
  namespace: string,
  rejections: RejectionsOfObject,
  gatewayOf: (set: ResourceKey) => string | undefined,
): unknown {
  if (rejections.size === 0 || !isReport(report)) return report;
  return {
    ...report,
    parents: report.parents.map((parent) => {
      const { parentRef, conditions } = parent;
      const home = parentRef.namespace ?? namespace;
      const gateway =
        parentRef.kind === 'ListenerSet'
          ? gatewayOf(resourceKey('ListenerSet', home, parentRef.name))
          : `${home}/${parentRef.name}`;
      const rejection = rejectionFor(rejections, gateway ?? '');
      return rejection === undefined
        ? parent
        : { ...parent, conditions: withRejection(conditions, rejection) };
    }),
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

interface Report {
  readonly parents: readonly {
    readonly parentRef: { readonly kind?: string; readonly namespace?: string; readonly name: string };
    readonly conditions: readonly Condition[];
  }[];
}

function withRejection(conditions: readonly Condition[], rejection: string): readonly Condition[] {
  const accepted = conditions.find(({ type }) => type === 'Accepted');
  // A parent that does not accept the route serves none of it.
  if (accepted?.status !== 'True') return conditions;
  const before = conditions.find(({ type }) => type === 'PartiallyInvalid');
  const message = before === undefined ? `Fall Back: ${rejection}` : `${before.message}; ${rejection}`;
  const stated = { ...accepted, type: 'PartiallyInvalid', reason: 'UnsupportedValue', message };
  return [...conditions.filter((condition) => condition !== before), stated];
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'parents' in value;
}
