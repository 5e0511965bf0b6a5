import { refusalFor, type RefusalsOfObject } from './refusals.ts';

/**
 * A route's status as translation reported it, with what translation cannot know: that proxies of a parent refuse what
 * was made of the route, and why. What was good last is served then, for which the API has a condition and its first
 * words: https://gateway-api.sigs.k8s.io/geps/gep-1364/
 */
export function routeStatus(report: unknown, namespace: string, refusals: RefusalsOfObject): unknown {
  if (refusals.size === 0 || !isReport(report)) return report;
  return {
    ...report,
    parents: report.parents.map((parent) => {
      const { parentRef, conditions } = parent;
      const refusal = refusalFor(refusals, `${parentRef.namespace ?? namespace}/${parentRef.name}`);
      return refusal === undefined ? parent : { ...parent, conditions: withRefusal(conditions, refusal) };
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
    readonly parentRef: { readonly namespace?: string; readonly name: string };
    readonly conditions: readonly Condition[];
  }[];
}

function withRefusal(conditions: readonly Condition[], refusal: string): readonly Condition[] {
  const accepted = conditions.find(({ type }) => type === 'Accepted');
  // A parent that does not accept the route serves nothing of it.
  if (accepted?.status !== 'True') return conditions;
  const before = conditions.find(({ type }) => type === 'PartiallyInvalid');
  const message = before === undefined ? `Fall Back: ${refusal}` : `${before.message}; ${refusal}`;
  const stated = { ...accepted, type: 'PartiallyInvalid', reason: 'UnsupportedValue', message };
  return [...conditions.filter((condition) => condition !== before), stated];
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'parents' in value;
}
