import { isBytesRouteKind, type RouteKind } from '../kinds/route-kind.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Finding } from './finding.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Reads the conditions of a status that its author should know, in their order; each once, whatever the number of parents. */
export function conditionFindings(object: ResourceKey, status: unknown): Finding[] {
  const groups = [...conditionGroups(status)].map((group) => group.filter(isBad));
  // Programmed says nothing of its own when the object, a listener or a reference is wrong.
  const isExplained = groups.flat().some(({ type }) => type !== 'Programmed');
  const found = new Map<string, Finding>();
  for (const group of groups) {
    const isProgrammed = group.every(({ type }) => type !== 'Programmed');
    for (const condition of group) {
      if (condition.type === 'Programmed' && isExplained) continue;
      for (const finding of findingsOf(object, condition, isProgrammed))
        found.set(`${finding.path} ${finding.message}`, finding);
    }
  }
  return [...found.values()];
}

/** Conditions whose good value is False. The others of this kind tell of what is as its author wanted. */
const badWhenTrue: ReadonlySet<string> = new Set(['Conflicted', 'PartiallyInvalid', 'Warning']);

function isBad({ type, status }: Condition): boolean {
  if (badWhenTrue.has(type) || type.startsWith('sluice.dev/')) return status === 'True';
  return status === 'False' && type !== 'AttachedListenerSets';
}

/** Yields the conditions of each place of a status: of the object, a listener, a parent or an ancestor. */
function* conditionGroups(value: unknown): Generator<Condition[]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'conditions' && Array.isArray(inner)) yield inner as Condition[];
    else yield* conditionGroups(inner);
  }
}

const fieldsNotSupported = 'sluice.dev/FieldsNotSupported';

function findingsOf(
  object: ResourceKey,
  { type, reason, message }: Condition,
  isProgrammed: boolean,
): Finding[] {
  if (type === fieldsNotSupported) {
    const [paths = '', words = ''] = message.split(': ');
    return paths.split(', ').map((path) => ({ object, path, message: `${words} (${reason})` }));
  }
  const [, path = '', rest = message] =
    /^((?:spec|metadata|data|stringData)[^\s:]*): (.*)$/s.exec(message) ?? [];
  const effect = effectOf(object, type, reason) ?? (isProgrammed ? undefined : 'clients cannot connect');
  const said = `${rest}${effect === undefined ? '' : `: ${effect}`} (${reason})`;
  const remedy = remedies.get(reason);
  return [{ object, path, message: remedy === undefined ? said : `${said}: ${remedy}` }];
}

/** Says by reason what the author may do, where the words of the condition do not. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['BackendNotFound', 'correct the reference, or apply what it names'],
  ['InvalidCertificateRef', 'correct the reference, or apply what it names'],
  ['NoMatchingListenerHostname', 'take a hostname of the listener, or change the listener'],
  ['NoMatchingParent', 'name a listener or port of the parent, or add one to it'],
  ['NotAllowedByListeners', 'let allowedRoutes of the listener take this route'],
  ['RefNotPermitted', 'apply a ReferenceGrant in the namespace that is referred to'],
  ['NotSupported', 'remove it, or see docs/compatibility.md'],
]);

/** Reasons for which a route is attached to no listener. */
const attachedNowhere: ReadonlySet<string> = new Set([
  'NoMatchingParent',
  'NoMatchingListenerHostname',
  'NotAllowedByListeners',
  'HostnameNotOwned',
]);

/** Returns what requests get; undefined: the message says it, or it depends on more. */
function effectOf(object: ResourceKey, type: string, reason: string): string | undefined {
  const { kind } = splitResourceKey(object);
  const isRoute = kind.endsWith('Route');
  if (isRoute && type === 'Accepted' && attachedNowhere.has(reason)) return 'no request reaches this route';
  if (isRoute && type === 'ResolvedRefs') return withoutBackend(kind as RouteKind);
  return undefined;
}

function withoutBackend(kind: RouteKind): string {
  if (isBytesRouteKind(kind)) return 'its share of the traffic is lost';
  return kind === 'GRPCRoute' ? 'its share of requests gets UNAVAILABLE' : 'its share of requests gets 500';
}
