import { rejectionFor, type RejectionsOfObject } from './rejections.ts';

/** Adds `Programmed` to a policy's translated status where proxies of one of its Gateways reject a plugin of it. */
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
