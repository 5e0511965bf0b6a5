import { gatewayGroup, type ParentReference } from '../kinds/gateway-api/parent-ref.ts';
import type { RowTypes } from '../kinds/kinds.ts';
import type { ResourceKey } from '../lib/key.ts';
import { nearest } from '../lib/nearest.ts';
import { nameOf, type Finding } from './finding.ts';
import type { Objects } from './silent-objects.ts';

/** A route of any kind; they all have these fields. */
type Route = Pick<RowTypes['HTTPRoute'], 'spec'>;

export function parentFindings(
  objects: Objects,
  { object, namespace }: { readonly object: ResourceKey; readonly namespace: string },
  { spec }: Route,
): Finding[] {
  if (spec.parentRefs.length === 0)
    return [
      {
        object,
        path: 'spec.parentRefs',
        message: 'is empty: no request reaches this route; name its Gateway',
      },
    ];
  return spec.parentRefs.flatMap((ref, index): Finding[] => {
    const path = `spec.parentRefs[${index}]`;
    if (ref.unreadable !== undefined) return [];
    if (!isParent(ref)) {
      const message = `${ref.kind} of ${ref.group === '' ? 'core' : ref.group} is no parent that Sluice serves: no request reaches this route by it`;
      return [{ object, path: `${path}.kind`, message }];
    }
    const home = ref.namespace ?? namespace;
    if (objects.has(ref.kind, home, ref.name)) return [];
    const message = `${nameOf(ref.kind, home, ref.name)} does not exist, so no request reaches this route by it${hint(objects, ref, home)}`;
    return [{ object, path: `${path}.name`, message }];
  });
}

function isParent({ group, kind }: ParentReference): boolean {
  return group === gatewayGroup && (kind === 'Gateway' || kind === 'ListenerSet');
}

function hint(objects: Objects, { kind, name }: ParentReference, home: string): string {
  const ids = [...objects.names(kind)];
  const elsewhere = ids.find((id) => id.endsWith(`/${name}`));
  if (elsewhere !== undefined) return `: is namespace: ${elsewhere.slice(0, -name.length - 1)} missing?`;
  const meant = nearest(
    name,
    ids.filter((id) => id.startsWith(`${home}/`)).map((id) => id.slice(home.length + 1)),
  );
  return meant === undefined ? '' : `: did you mean ${meant}?`;
}
