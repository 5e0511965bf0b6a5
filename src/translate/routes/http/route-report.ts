import { resourceKey } from '../../../lib/key.ts';
import type { HTTPRouteRow, ParentReference } from '../../../kinds/gateway-api/http-route.ts';
import { settingsKey } from '../../../kinds/own/settings-key.ts';
import type { Reader } from '../../reader.ts';
import { attach, attachmentKeys, isGatewayRef, type Attachment } from '../../attach/attachment.ts';
import { backendKeys } from '../../backends/backend-ref.ts';
import { condition, type Condition } from '../../conditions.ts';
import { readOurGateway, type OurGateway } from '../../attach/ownership.ts';
import { describeProblems, type RouteProblem } from './problem.ts';
import { translateRules, type RuleResult } from './route-rule.ts';

/** Wanted status of an HTTPRoute for the parents that are ours, and the listeners that it is attached to. */
export interface RouteReport {
  readonly parents: readonly RouteParentStatus[];
  /** `gatewayNamespace/gateway/listener`, sorted. */
  readonly attachments: readonly string[];
}

export interface RouteParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** Undefined when no parent of the route is ours. */
export function routeReport(reader: Reader, namespace: string, name: string): RouteReport | undefined {
  reader.expect([settingsKey, resourceKey('HTTPRoute', namespace, name)]);
  const route = reader.row('HTTPRoute', namespace, name);
  const controllerName = reader.row('Settings', '', 'sluice')?.controllerName;
  if (route === undefined || controllerName === undefined) return undefined;
  const parents = ourParents(reader, namespace, route);
  if (parents.length === 0) return undefined;
  reader.expect([
    ...parents.flatMap(({ gateway }) => attachmentKeys(gateway, [namespace])),
    ...backendKeys([{ namespace, row: route }]),
  ]);
  const rules = translateRules(reader, namespace, route);
  const attachments = new Set<string>();
  const statuses = parents.map(({ ref, gateway }): RouteParentStatus => {
    const { hostnames } = route.spec;
    const attachment = attach(reader, gateway, ref, { kind: 'HTTPRoute', namespace, hostnames });
    const conditions = routeConditions(route, rules, attachment);
    if (attachment.kind === 'attached' && conditions[0]?.status === 'True') {
      for (const { listener } of attachment.listeners) {
        attachments.add(`${gateway.namespace}/${gateway.name}/${listener.name}`);
      }
    }
    return { parentRef: asWritten(ref), controllerName, conditions };
  });
  return { parents: statuses, attachments: [...attachments].sort() };
}

interface OurParent {
  readonly ref: ParentReference;
  readonly gateway: OurGateway;
}

function ourParents(reader: Reader, namespace: string, route: HTTPRouteRow): OurParent[] {
  const refs = route.spec.parentRefs.filter(isGatewayRef);
  reader.expect(refs.map((ref) => resourceKey('Gateway', ref.namespace ?? namespace, ref.name)));
  return refs.flatMap((ref) => {
    const gateway = readOurGateway(reader, ref.namespace ?? namespace, ref.name);
    return gateway === undefined ? [] : [{ ref, gateway }];
  });
}

/** The first is always `Accepted`. */
function routeConditions(
  route: HTTPRouteRow,
  rules: readonly RuleResult[],
  attachment: Attachment,
): Condition[] {
  const { generation } = route.metadata;
  const problems = rules.flatMap((rule) => rule.problems).map(belowSpec);
  const refs = resolvedRefs(problems, generation);
  if (attachment.kind === 'refused') {
    return [condition('Accepted', 'False', generation, attachment.reason, attachment.message), refs];
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

/** Keys in one fixed order, and only those that the spec's entry has. */
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
