import type { LabelPairs, LabelSelector } from '../../kinds/shape/shape.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';

/** Namespaces that an object lets in: `allowedRoutes` of a listener, or `allowedListeners` of a Gateway. */
export interface LetIn {
  readonly from: 'All' | 'Selector' | 'Same' | 'None';
  readonly selector?: LabelSelector | undefined;
}

/** Returns true when an object of `namespace` is let in by one of the namespace `home`. */
export function letsIn(reader: Reader, { from, selector }: LetIn, home: string, namespace: string): boolean {
  switch (from) {
    case 'All':
      return true;
    case 'Same':
      return namespace === home;
    case 'None':
      return false;
    case 'Selector':
      return selector !== undefined && selects(selector, namespaceLabels(reader, namespace));
  }
}

/** Returns undefined when the labels cannot be read: some requirements match by the absence of a label. */
function namespaceLabels(reader: Reader, namespace: string): LabelPairs | undefined {
  const metadata = reader.row('Namespace', '', namespace)?.metadata;
  return metadata?.unreadable === undefined ? metadata?.labels : undefined;
}

/** Returns the reason why a Namespace with unreadable labels is not selected. */
export function unreadableLabels(reader: Reader, namespace: string): string {
  const problems = unreadableParts(reader.row('Namespace', '', namespace)?.metadata, 'metadata');
  return problems.length === 0 ? '' : `: Namespace ${namespace}: ${describeUnreadable(problems)}`;
}

/** Follows Kubernetes: every requirement holds, and an empty selector selects everything. */
export function selects(selector: LabelSelector, pairs: LabelPairs | undefined): boolean {
  if (pairs === undefined) return false;
  const labels = new Map(pairs);
  return (
    selector.matchLabels.every(([name, value]) => labels.get(name) === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = labels.get(key);
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}
