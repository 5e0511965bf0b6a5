import { grantKeys } from '../../../kinds/indexes.ts';
import type { RowTypes } from '../../../kinds/kinds.ts';
import type { PolicyTarget, TargetSelector } from '../../../kinds/policy-target.ts';
import { policyIds } from '../../../kinds/policy-ids.ts';
import { targetGroups, type PolicyKindName } from '../../../kinds/target-kind.ts';
import { resourceKey, splitResourceKey, type ReadKey, type ResourceKey } from '../../../lib/key.ts';
import { selects } from '../../attach/namespaces.ts';
import { isPermitted } from '../../backends/reference-grant.ts';
import type { Reader } from '../../reader.ts';
import { policyKeys, type TargetObject } from './target-object.ts';

export interface FoundPolicy {
  readonly kind: PolicyKindName;
  readonly namespace: string;
  readonly name: string;
  readonly row: RowTypes[PolicyKindName];
  readonly targets: readonly FoundTarget[];
}

export interface FoundTarget {
  readonly path: string;
  readonly sectionName: string | undefined;
}

/**
 * Finds the policies of each object, of all kinds. Costs O(labels) index reads for each object, and the rows of the
 * policies that name it, or that select one of its labels. Takes three rounds at most.
 */
export function findPolicies(
  reader: Reader,
  objects: readonly TargetObject[],
): ReadonlyMap<TargetObject, readonly FoundPolicy[]> {
  reader.expect(objects.flatMap(policyKeys));
  const keysOf = new Map(
    objects.map((object) => [
      object,
      [...new Set(policyKeys(object).flatMap((key) => reader.index(key)))].sort(),
    ]),
  );
  reader.expect([...keysOf.values()].flat());
  const pairs = [...keysOf].flatMap(([object, keys]) => keys.map((key) => ({ object, key })));
  reader.expect(pairs.flatMap(({ object, key }) => permissionKeys(reader, key, object)));
  return new Map(
    [...keysOf].map(([object, keys]) => [object, keys.flatMap((key) => policyAt(reader, key, object) ?? [])]),
  );
}

function policyAt(reader: Reader, key: ResourceKey, object: TargetObject): FoundPolicy | undefined {
  const { kind, namespace, name, row } = readPolicy(reader, key);
  if (row === undefined) return undefined;
  const { targetRef, targetRefs, targetSelectors } = row.spec;
  const named = [
    ...(targetRef === undefined ? [] : [{ path: 'spec.targetRef', target: targetRef }]),
    ...targetRefs.map((target, i) => ({ path: `spec.targetRefs[${i}]`, target })),
  ].filter(({ target }) => namespace === object.namespace && names(target, object));
  const selector = targetSelectors.findIndex((one) => isSelected(reader, kind, namespace, one, object));
  const targets = [
    ...named.map(({ path, target: { sectionName } }) => ({ path, sectionName })),
    ...(selector < 0 ? [] : [{ path: `spec.targetSelectors[${selector}]`, sectionName: undefined }]),
  ];
  return targets.length === 0 ? undefined : { kind, namespace, name, row, targets };
}

function readPolicy(reader: Reader, key: ResourceKey) {
  const { kind: text, namespace, name } = splitResourceKey(key);
  // Only policies are members of these indexes.
  const kind = text as PolicyKindName;
  return { kind, namespace, name, row: reader.row(kind, namespace, name) };
}

function names({ group, kind, name }: PolicyTarget, object: TargetObject): boolean {
  return kind === object.kind && group === targetGroups[object.kind] && name === object.name;
}

function isSelected(
  reader: Reader,
  kind: PolicyKindName,
  namespace: string,
  selector: TargetSelector,
  object: TargetObject,
): boolean {
  if (!mayReach(selector, namespace, object) || !selects(selector, object.labels)) return false;
  const { from, selector: ofNamespaces } = selector.namespaces;
  if (from === 'Selector') {
    const metadata = reader.row('Namespace', '', object.namespace)?.metadata;
    const labels = metadata?.unreadable === undefined ? metadata?.labels : undefined;
    if (ofNamespaces === undefined || !selects(ofNamespaces, labels)) return false;
  }
  return isPermitted(reader, { id: policyIds[kind], namespace }, referent(object));
}

function mayReach(
  { group, kind, namespaces: { from } }: TargetSelector,
  namespace: string,
  object: TargetObject,
): boolean {
  const isKind = kind === object.kind && group === targetGroups[object.kind];
  return isKind && (from !== 'Same' || namespace === object.namespace);
}

/** Returns the rows and indexes that permit a policy to select across namespaces. */
function permissionKeys(reader: Reader, key: ResourceKey, object: TargetObject): ReadKey[] {
  const { kind, namespace, row } = readPolicy(reader, key);
  const across = (row?.spec.targetSelectors ?? []).filter(
    (selector) => selector.namespaces.from !== 'Same' && mayReach(selector, namespace, object),
  );
  if (across.length === 0) return [];
  const grants = grantKeys({ id: policyIds[kind], namespace }, referent(object));
  const selecting = across.some(({ namespaces }) => namespaces.from === 'Selector');
  return selecting ? [...grants, resourceKey('Namespace', '', object.namespace)] : grants;
}

function referent({ kind, namespace, name }: TargetObject) {
  return { group: targetGroups[kind], kind, namespace, name };
}
