import { splitResourceKey, type IndexKey, type ReadKey } from '../../lib/key.ts';
import type { ExtensionPolicyRow, PolicyTarget } from '../../kinds/envoy-gateway/extension-policy.ts';
import { policiesOf, selectorsIn } from '../../kinds/indexes.ts';
import type { LabelPairs } from '../../kinds/shape/shape.ts';
import type { Reader } from '../reader.ts';
import { compareText } from '../attach/compare-text.ts';
import { selects } from '../attach/attachment.ts';

/** What a policy may be attached to. */
export interface TargetObject {
  readonly kind: 'Gateway' | 'HTTPRoute';
  readonly namespace: string;
  readonly name: string;
  readonly labels: LabelPairs;
}

/** A policy at one of its targets. */
export interface AttachedPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly row: ExtensionPolicyRow;
  /** Of a Gateway a listener, of an HTTPRoute a rule; undefined: all of the object. */
  readonly sectionName: string | undefined;
}

/** What {@link policiesAt} reads first. */
export function policyKeys({ kind, namespace, name }: Omit<TargetObject, 'labels'>): ReadKey[] {
  return [policiesOf(kind, namespace, name), selectorsIn(namespace)];
}

/**
 * The policies that have the object for a target: at most one for each section, the oldest and then the first by name, as
 * Gateway API has it for conflicts (https://gateway-api.sigs.k8s.io/geps/gep-713/).
 */
export function policiesAt(reader: Reader, object: TargetObject): AttachedPolicy[] {
  const found = new Map<string | undefined, AttachedPolicy>();
  for (const policy of candidates(reader, object)) {
    const other = found.get(policy.sectionName);
    if (other === undefined || compareAge(policy, other) < 0) found.set(policy.sectionName, policy);
  }
  return [...found.values()];
}

/** Older first; of the same age by name. */
function compareAge(a: AttachedPolicy, b: AttachedPolicy): number {
  return compareText(age(a), age(b)) || compareText(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`);
}

/** Every section of the object that the policy names. */
export function sectionsOf(row: ExtensionPolicyRow, object: TargetObject): (string | undefined)[] {
  const named = row.spec.targetRefs
    .filter((target) => isNamed(target, object))
    .map((target) => target.sectionName);
  const isSelected = row.spec.targetSelectors.some(
    (selector) => selector.kind === object.kind && selects(selector, object.labels),
  );
  return isSelected && !named.includes(undefined) ? [...named, undefined] : named;
}

function candidates(reader: Reader, object: TargetObject): AttachedPolicy[] {
  const { namespace } = object;
  const indexes: IndexKey[] = [policiesOf(object.kind, namespace, object.name), selectorsIn(namespace)];
  reader.expect(indexes);
  const keys = new Set(indexes.flatMap((index) => reader.index(index)));
  reader.expect([...keys]);
  return [...keys].flatMap((key): AttachedPolicy[] => {
    const { name } = splitResourceKey(key);
    const row = reader.row('EnvoyExtensionPolicy', namespace, name);
    if (row === undefined) return [];
    return sectionsOf(row, object).map((sectionName) => ({ namespace, name, row, sectionName }));
  });
}

function isNamed(target: PolicyTarget, object: TargetObject): boolean {
  return target.kind === object.kind && target.name === object.name;
}

/** Files have no creation times, and what has none is as old as can be. */
function age({ row }: AttachedPolicy): string {
  return row.metadata.creationTimestamp;
}
