import type {
  AttachedPoliciesRow,
  AttachedPolicy,
  ParentSection,
} from '../../../kinds/derived/attached-policies.ts';
import { attachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import { placesOfPolicy, policiesBelow } from '../../../kinds/indexes.ts';
import { encodeJson } from '../../../kinds/json-row.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import type { DerivedRow } from '../../../kinds/row.ts';
import { resourceKey, splitResourceKey, type IndexKey, type ResourceKey } from '../../../lib/key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { parentsAt, type ParentAt } from '../../attach/listener-set-parents.ts';
import { readOurGateway, type OurGateway } from '../../attach/ownership.ts';
import { readRoute } from '../../attach/read-route.ts';
import { servicesOf } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { effectOf } from '../unsupported/effect.ts';
import { claims } from './claims.ts';
import { isInForceSomewhere } from './in-force.ts';
import { findPolicies, type FoundPolicy } from './find-policies.ts';
import { gatewayTarget, routeTarget, serviceTarget, type TargetObject } from './target-object.ts';

export function attachedPolicies(
  reader: Reader,
  { namespace, name, target }: ObjectName & { readonly target: ResourceKey },
): DerivedRow[] {
  reader.expect([ourGatewayKey(namespace, name), target]);
  const gateway = readOurGateway(reader, namespace, name);
  const place = gateway === undefined ? undefined : placeOf(reader, gateway, target);
  if (place === undefined) return [];
  const policies = policiesOf(reader, place.objects);
  if (policies.length === 0) return [];
  const row: AttachedPoliciesRow = { parents: place.parents, policies };
  const keys = policies.map((policy) => resourceKey(policy.kind, policy.namespace, policy.name));
  const indexes = [...keys.map(placesOfPolicy), ...indexesBelow(`${namespace}/${name}`, row)];
  return [
    {
      key: attachedPoliciesKey(namespace, name, target),
      bytes: encodeJson(row),
      indexes: [...new Set(indexes)].sort(),
      follow: keys,
    },
  ];
}

/** Returns the indexes of routes with policies of their own below the Gateway's or a listener's policy. */
function indexesBelow(gateway: string, { parents, policies }: AttachedPoliciesRow): IndexKey[] {
  const listeners =
    parents.length === 0 ? [] : [undefined, ...parents.map(({ sectionName = '' }) => sectionName)];
  return policies
    .filter(
      (policy) => policy.effect === undefined && policy.service === undefined && isInForceSomewhere(policy),
    )
    .flatMap(({ kind, merges }) =>
      listeners.map((listener) =>
        policiesBelow(kind, gateway, listener, merges === true ? 'merges' : 'overrides'),
      ),
    );
}

interface Place {
  readonly objects: readonly TargetObject[];
  readonly parents: readonly ParentSection[];
}

/** Returns undefined for a route that does not have the Gateway as a parent. */
function placeOf(reader: Reader, gateway: OurGateway, target: ResourceKey): Place | undefined {
  const { kind, namespace, name } = splitResourceKey(target);
  if (kind === 'Gateway') {
    const own = reader.row('Gateway', namespace, name);
    return own && { objects: [gatewayTarget(namespace, name, own)], parents: [] };
  }
  const route = readRoute(reader, target);
  const refs = route === undefined ? [] : parentsAt(reader, gateway, target, route.row.spec.parentRefs);
  if (route === undefined || refs.length === 0) return undefined;
  const services = servicesOf(namespace, backendsOf(route.row.spec.rules)).map((service) =>
    serviceTarget(service.namespace, service.name),
  );
  return {
    objects: [routeTarget(route.kind, namespace, name, route.row), ...services],
    parents: sectionsOf(refs),
  };
}

/** Returns the whole Gateway for references to its ListenerSets, whose listeners have no policies of their own. */
function sectionsOf(refs: readonly ParentAt[]): ParentSection[] {
  const direct = refs.filter(({ set }) => set === undefined);
  const others: ParentSection[] = direct.length < refs.length ? [{}] : [];
  return [...direct.map(({ sectionName, port }) => ({ sectionName, port })), ...others];
}

function policiesOf(reader: Reader, objects: readonly TargetObject[]): AttachedPolicy[] {
  const found = [...findPolicies(reader, objects)].filter(([, policies]) => policies.length > 0);
  if (found.length === 0) return [];
  const ports = found.flatMap(([object, policies]) => sectionKeys(object, policies));
  reader.expect([settingKey('ignoredPolicies'), ...ports]);
  return found.flatMap(([object, policies]) =>
    claims(withSections(reader, object, policies), policies).map(({ policy, claims: own }) => ({
      kind: policy.kind,
      namespace: policy.namespace,
      name: policy.name,
      service: object.kind === 'Service' ? `${object.namespace}/${object.name}` : undefined,
      claims: own,
      merges: mergesOf(policy),
      effect: effectOf(reader, policy),
    })),
  );
}

function mergesOf({ row: { spec } }: FoundPolicy): true | undefined {
  return 'mergeType' in spec && spec.mergeType !== undefined ? true : undefined;
}

/** Reads a Service only when a policy names one of its ports. */
function sectionKeys(object: TargetObject, policies: readonly FoundPolicy[]): ResourceKey[] {
  const namesPort = policies.some(({ targets }) =>
    targets.some(({ sectionName }) => sectionName !== undefined),
  );
  return object.kind === 'Service' && namesPort
    ? [resourceKey('Service', object.namespace, object.name)]
    : [];
}

function withSections(reader: Reader, object: TargetObject, policies: readonly FoundPolicy[]): TargetObject {
  if (sectionKeys(object, policies).length === 0) return object;
  const service = reader.row('Service', object.namespace, object.name);
  return serviceTarget(object.namespace, object.name, service?.spec.ports);
}
