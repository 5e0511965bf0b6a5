import type { Notice } from '../../kinds/notice.ts';
import type { AttachedPolicy } from '../../kinds/derived/attached-policies.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { resourceKey, type ResourceKey } from '../../lib/key.ts';
import type { ParentReference } from '../../kinds/gateway-api/parent-ref.ts';
import { gatewayGroup } from '../../kinds/gateway-api/parent-ref.ts';
import { backendsOf } from '../../kinds/gateway-api/route-backends.ts';
import { isBytesRouteKind, type RouteKind } from '../../kinds/route-kind.ts';
import { attachmentKey } from '../../units/attachment-key.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import type { Problem } from '../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import { setting, type Reader } from '../reader.ts';
import { attach, attachmentKeys, type Attachment } from '../attach/attachment.ts';
import { routeParents, setsOf, type RouteParent } from '../attach/listener-set-parents.ts';
import { backendKeys } from '../backends/backend-ref.ts';
import { condition, leftOutCondition, type Condition } from '../conditions.ts';
import { readOurGateway, type OurGateway } from '../attach/ownership.ts';
import type { RouteRow } from '../attach/read-route.ts';
import { listenerSection, policiesAbove } from '../policies/attachment/listener-section.ts';
import { isInForce, readAttached, type Attached } from '../policies/attachment/in-force.ts';
import { closingBytes } from '../policies/security/bytes.ts';
import { unsupportedCondition } from '../policies/unsupported/condition.ts';
import { absentParents } from './absent-parents.ts';
import { foreignHosts, notOwned, notOwnedCondition } from './foreign-hosts.ts';
import { describeProblems, type RouteProblem } from './problem.ts';
import { judgeRules, type RuleVerdict } from './route-rules.ts';

export interface RouteReport {
  readonly parents: readonly RouteParentStatus[];
  /** See `units/attachment-key.ts`. Sorted. */
  readonly attachments: readonly string[];
  readonly notices: readonly Notice[];
}

export interface RouteParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** Returns undefined for a route that does not exist. Without parents of this controller the route gets no status. */
export function routeReport(
  reader: Reader,
  kind: RouteKind,
  namespace: string,
  name: string,
): RouteReport | undefined {
  reader.expect([settingKey('controllerName'), settingKey('hostnames'), resourceKey(kind, namespace, name)]);
  const route = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (route === undefined || controllerName === undefined) return undefined;
  const key = resourceKey(kind, namespace, name);
  const parents = ourParents(reader, key, route);
  const own = new Set(parents.map(({ position }) => position));
  const notices = absentParents(reader, key, route.spec.parentRefs, own);
  if (parents.length === 0) return { parents: [], attachments: [], notices };
  const attaching = { kind, namespace, hostnames: route.spec.hostnames } as const;
  const from = { id: `${gatewayGroup}/${kind}`, namespace } as const;
  const at = parents.map(({ ref, gateway }) => ({ gateway, refs: [ref] }));
  reader.expect([
    ...attachmentKeys(reader, at, attaching),
    ...parents.flatMap(({ gateway, ref }) => attachedPoliciesKeys(gateway, key, setsOf([ref]))),
    ...backendKeys(from, backendsOf(route.spec.rules)),
  ]);
  const rules = judgeRules(reader, kind, namespace, route);
  const attachments = new Set<string>();
  const unreadable = unreadableOf(route, parents);
  const leftOut = leftOutCondition(route.leftOut, route.metadata.generation);
  const refusal = isBytesRouteKind(kind) ? 'connections are closed' : undefined;
  const statuses = parents.map(({ ref, position, gateway }): RouteParentStatus => {
    const found =
      ref.unreadable === undefined
        ? placed(attach(reader, gateway, ref, attaching), ref, position)
        : unreadableRef(ref, position);
    const foreign = foreignHosts(reader, gateway, ref, attaching, found);
    const attachment = foreign.isAll ? notOwned(foreign.hostnames) : found;
    const conditions = routeConditions(route, rules, unreadable, attachment);
    const isServed = conditions[0]?.status === 'True' || rules.some(({ rule }) => rule !== undefined);
    if (attachment.kind === 'attached' && isServed) {
      const parent =
        ref.set === undefined
          ? resourceKey('Gateway', gateway.namespace, gateway.name)
          : resourceKey('ListenerSet', ref.set.namespace, ref.set.name);
      for (const { listener } of attachment.listeners) attachments.add(attachmentKey(parent, listener.name));
    }
    const attached = policiesAt(readAttached(reader, gateway, key, setsOf([ref])), attachment);
    const policies = isBytesRouteKind(kind) ? closingBytes(reader, kind, attached) : attached;
    const unsupported = unsupportedCondition(policies, route.metadata.generation, refusal);
    const partly = foreign.isAll ? [] : notOwnedCondition(foreign.hostnames, route.metadata.generation);
    return {
      parentRef: asWritten(ref),
      controllerName,
      conditions: [...conditions, ...partly, ...unsupported, ...leftOut],
    };
  });
  return { parents: statuses, attachments: [...attachments].sort(), notices };
}

/** Returns the policies of the route, and those above it that are in force at a listener it is attached to. */
function policiesAt(attached: Attached, attachment: Attachment): AttachedPolicy[] {
  const listeners = attachment.kind === 'attached' ? attachment.listeners : [];
  const above = listeners
    .flatMap((listener) => policiesAbove(attached, listenerSection(listener)))
    .flatMap(({ policies, section }) => policies.filter((policy) => isInForce(policy, section)));
  return [...new Set([...above, ...attached.ofRoute])];
}

interface OurParent extends RouteParent {
  readonly gateway: OurGateway;
}

function ourParents(reader: Reader, key: ResourceKey, route: RouteRow): OurParent[] {
  const parents = routeParents(reader, key, route.spec.parentRefs);
  reader.expect(parents.map(({ gateway: { namespace, name } }) => ourGatewayKey(namespace, name)));
  return parents.flatMap((parent) => {
    const gateway = readOurGateway(reader, parent.gateway.namespace, parent.gateway.name);
    return gateway === undefined ? [] : [{ ...parent, gateway }];
  });
}

/** Returns `Accepted` first. */
function routeConditions(
  route: RouteRow,
  rules: readonly RuleVerdict[],
  unreadable: readonly Problem[],
  attachment: Attachment,
): Condition[] {
  const { generation } = route.metadata;
  const problems = rules.flatMap((rule) => rule.problems).map(belowSpec);
  const refs = resolvedRefs(problems, generation);
  if (attachment.kind === 'refused') {
    return [condition('Accepted', 'False', generation, attachment.reason, attachment.message), refs];
  }
  if (unreadable.length > 0) {
    const message = describeUnreadable(unreadable);
    return [condition('Accepted', 'False', generation, 'UnsupportedValue', message), refs];
  }
  const unsupported = problems.filter((problem) => problem.condition === 'Accepted');
  const [first] = unsupported;
  if (first === undefined) {
    return [condition('Accepted', 'True', generation, 'Accepted', 'the route is accepted'), refs];
  }
  const message = describeProblems(unsupported);
  if (rules.every((rule) => rule.rule === undefined)) {
    return [condition('Accepted', 'False', generation, first.reason, message), refs];
  }
  return [
    condition(
      'Accepted',
      'True',
      generation,
      'Accepted',
      'the route is accepted, except for the dropped rules',
    ),
    refs,
    // The API asks for these first two words: https://gateway-api.sigs.k8s.io/geps/gep-1364/
    condition('PartiallyInvalid', 'True', generation, 'UnsupportedValue', `Dropped Rule ${message}`),
  ];
}

/** Lists unreadable parts, without parents that have an entry of their own in the status. */
function unreadableOf({ metadata, spec }: RouteRow, parents: readonly OurParent[]): Problem[] {
  const own = new Set(parents.map(({ position }) => position));
  const parentRefs = spec.parentRefs.map((ref, position) => (own.has(position) ? {} : ref));
  return [...unreadableParts(metadata, 'metadata'), ...unreadableParts({ ...spec, parentRefs }, 'spec')];
}

/** Names the field of the parentRef that is in the way; `hostnames` are the route's. */
function placed(found: Attachment, { sectionName, port }: ParentReference, position: number): Attachment {
  if (found.kind !== 'refused' || found.message.startsWith('spec.')) return found;
  const isMissing = found.reason === 'NoMatchingParent';
  const field = !isMissing
    ? ''
    : sectionName === undefined
      ? port === undefined
        ? ''
        : '.port'
      : '.sectionName';
  return { ...found, message: `spec.parentRefs[${position}]${field}: ${found.message}` };
}

function unreadableRef(ref: ParentReference, position: number): Attachment {
  const message = describeUnreadable(unreadableParts(ref, `spec.parentRefs[${position}]`));
  return { kind: 'refused', reason: 'UnsupportedValue', message };
}

function belowSpec(problem: RouteProblem): RouteProblem {
  return { ...problem, path: `spec.${problem.path}` };
}

function resolvedRefs(problems: readonly RouteProblem[], generation: number): Condition {
  const unresolved = problems.filter((problem) => problem.condition === 'ResolvedRefs');
  const [first] = unresolved;
  return first === undefined
    ? condition('ResolvedRefs', 'True', generation, 'ResolvedRefs', 'every reference is resolved')
    : condition('ResolvedRefs', 'False', generation, first.reason, describeProblems(unresolved));
}

/** Keeps a fixed order of keys, and only those that the spec's entry has. */
function asWritten({ group, kind, namespace, name, sectionName, port }: ParentReference): ParentReference {
  return {
    group,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
    ...(port === undefined ? {} : { port }),
  };
}
