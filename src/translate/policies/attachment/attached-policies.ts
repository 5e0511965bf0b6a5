import type {
  AttachedPoliciesRow,
  AttachedPolicy,
  ParentSection,
} from '../../../kinds/derived/attached-policies.ts';
import { attachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import type { BackendObjectReference } from '../../../kinds/gateway-api/route-backends.ts';
import { placesOfPolicy, policiesBelow, type ListenerParent } from '../../../kinds/indexes.ts';
import { encodeJson } from '../../../kinds/json-row.ts';
import type { DerivedRow } from '../../../kinds/row.ts';
import { resourceKey, splitResourceKey, type IndexKey, type ResourceKey } from '../../../lib/key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { backendService } from '../../../units/cluster-name.ts';
import { objectsOf } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { effectOf } from '../unsupported/effect.ts';
import { claims } from './claims.ts';
import { isInForceSomewhere } from './in-force.ts';
import { findPolicies, type FoundPolicy } from './find-policies.ts';
import { policyPlace } from './policy-place.ts';
import { sectionsOf, type TlsTarget } from '../backend-tls/in-force.ts';
import { backendTarget, type TargetObject } from './target-object.ts';

/**
 * Makes the row of the policies that target an object at a Gateway: the Gateway itself, a ListenerSet that it allows, or a
 * route. Costs O(policies of the object, of its backends, and of the servers that its plugins call).
 */
export function attachedPolicies(
  reader: Reader,
  { namespace, name, target }: ObjectName & { readonly target: ResourceKey },
): DerivedRow[] {
  reader.expect([ourGatewayKey(namespace, name), target]);
  const gateway = readOurGateway(reader, namespace, name);
  const place = gateway === undefined ? undefined : policyPlace(reader, gateway, target);
  if (place === undefined) return [];
  const found = policiesFound(reader, place.objects);
  const called = calledBackends(found, place.objects).map((backend) => backendTarget(backend));
  const policies = policiesOf(reader, [...found, ...policiesFound(reader, called)]);
  if (policies.length === 0) return [];
  const row: AttachedPoliciesRow = { parents: place.parents, policies, isAnswered: place.isAnswered };
  const keys = policies.map((policy) => resourceKey(policy.kind, policy.namespace, policy.name));
  const indexes = [...keys.map(placesOfPolicy), ...indexesBelow({ namespace, name }, target, row)];
  return [
    {
      key: attachedPoliciesKey(namespace, name, target),
      bytes: encodeJson(row),
      indexes: [...new Set(indexes)].sort(),
      follow: keys,
    },
  ];
}

/** Returns the indexes of objects with policies of their own below those of the Gateway, a ListenerSet or a listener. */
function indexesBelow(
  gateway: ObjectName,
  target: ResourceKey,
  { parents, policies }: AttachedPoliciesRow,
): IndexKey[] {
  const places = placesAbove(gateway, target, parents);
  return policies
    .filter(
      (policy) => policy.effect === undefined && policy.service === undefined && isInForceSomewhere(policy),
    )
    .flatMap(({ kind, merges }) =>
      places.map(([parent, listener]) =>
        policiesBelow(kind, parent, listener, merges === true ? 'merges' : 'overrides'),
      ),
    );
}

/** See `policiesBelow`. */
function placesAbove(
  gateway: ObjectName,
  target: ResourceKey,
  parents: readonly ParentSection[],
): (readonly [ListenerParent, string | undefined])[] {
  const { kind } = splitResourceKey(target);
  if (kind === 'Gateway') return [];
  return [
    [gateway, undefined],
    ...parents.flatMap(({ set, sectionName = '' }) => {
      const parent = { ...gateway, set };
      const listener = [parent, sectionName] as const;
      return set === undefined ? [listener] : [[parent, undefined] as const, listener];
    }),
  ];
}

type Found = readonly (readonly [TargetObject, readonly FoundPolicy[]])[];

function policiesFound(reader: Reader, objects: readonly TargetObject[]): Found {
  if (objects.length === 0) return [];
  return [...findPolicies(reader, objects)].filter(([, policies]) => policies.length > 0);
}

/** Returns backends that policies call, but not the object's own: they have policies of their own. */
function calledBackends(found: Found, objects: readonly TargetObject[]): TlsTarget[] {
  const known = new Set(objects.map(keyOf));
  const backends = found
    .flatMap(([, policies]) => policies)
    .flatMap((policy) => objectsOf(policy.namespace, backendsOfPolicy(policy)))
    .filter((backend) => !known.has(keyOf(backend)));
  return [...new Map(backends.map((backend) => [keyOf(backend), backend])).values()];
}

function keyOf({ kind, namespace, name }: ObjectName & { readonly kind: string }): ResourceKey {
  return resourceKey(kind, namespace, name);
}

function backendsOfPolicy({ row: { spec } }: FoundPolicy): readonly BackendObjectReference[] {
  return 'extProc' in spec ? spec.extProc.flatMap(({ backendRefs }) => backendRefs) : [];
}

function policiesOf(reader: Reader, found: Found): AttachedPolicy[] {
  if (found.length === 0) return [];
  const ports = found.flatMap(([object, policies]) => sectionKeys(object, policies));
  reader.expect(ports);
  return found.flatMap(([object, policies]) =>
    claims(withSections(reader, object, policies), policies).map(({ policy, claims: own }) => ({
      kind: policy.kind,
      namespace: policy.namespace,
      name: policy.name,
      service: serviceOf(object),
      claims: own,
      merges: mergesOf(policy),
      effect: effectOf(policy),
    })),
  );
}

function mergesOf({ row: { spec } }: FoundPolicy): true | undefined {
  return 'mergeType' in spec && spec.mergeType !== undefined ? true : undefined;
}

function serviceOf({ kind, namespace, name }: TargetObject): string | undefined {
  if (kind === 'Service') return `${namespace}/${name}`;
  return kind === 'Backend' ? `${namespace}/${backendService(name)}` : undefined;
}

/** Reads a Service or Backend only when a policy names one of its ports. */
function sectionKeys(object: TargetObject, policies: readonly FoundPolicy[]): ResourceKey[] {
  const { kind, namespace, name } = object;
  if (kind !== 'Service' && kind !== 'Backend') return [];
  const namesPort = policies.some(({ targets }) =>
    targets.some(({ sectionName }) => sectionName !== undefined),
  );
  return namesPort ? [resourceKey(kind, namespace, name)] : [];
}

function withSections(reader: Reader, object: TargetObject, policies: readonly FoundPolicy[]): TargetObject {
  if (sectionKeys(object, policies).length === 0) return object;
  const { kind, namespace, name } = object;
  if (kind === 'Backend') {
    const row = reader.row(kind, namespace, name);
    return backendTarget({ kind, namespace, name }, row && sectionsOf(row));
  }
  const ports = reader.row('Service', namespace, name)?.spec.ports;
  return backendTarget(
    { kind: 'Service', namespace, name },
    ports?.map((port) => port.name),
  );
}
