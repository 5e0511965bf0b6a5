import { rejectionFor, type RejectionsOfObject } from './rejections.ts';

/**
 * A policy's status as translation reported it, with what translation cannot know: that proxies of one of its Gateways
 * reject one of its plugins, and why. `Programmed` says so, as it does of a Gateway, and is not there otherwise.
 */
export function policyStatus(report: unknown, rejections: RejectionsOfObject): unknown {
  if (rejections.size === 0 || !isReport(report)) return report;
  return {
    ...report,
    ancestors: report.ancestors.map((ancestor) => {
      const { ancestorRef, conditions } = ancestor;
      const message = rejectionFor(rejections, `${ancestorRef.namespace}/${ancestorRef.name}`);
      const accepted = conditions.find(({ type }) => type === 'Accepted');
      if (message === undefined || accepted?.status !== 'True') return ancestor;
      const rejected = { ...accepted, type: 'Programmed', status: 'False', reason: 'Invalid', message };
      return { ...ancestor, conditions: [...conditions, rejected] };
    }),
  };
}

interface Report {
  readonly ancestors: readonly {
    readonly ancestorRef: { readonly namespace: string; readonly name: string };
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  }[];
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'ancestors' in value;
}
