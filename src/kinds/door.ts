import { record } from './identity.ts';
import type { KindDef } from './kind-def.ts';
import { followedKinds, kindOf } from './followed-kinds.ts';
import type { ParsedRow } from './row.ts';

export type ParsedObject =
  | (ParsedRow & { readonly apiVersion: string })
  /** A kind that Sluice does not follow. `warning`: set when its author probably expects otherwise. */
  | {
      readonly kind: 'ignored';
      readonly apiVersion: string;
      readonly objectKind: string;
      readonly warning: string | undefined;
    };

/** Reads any Kubernetes object by its `apiVersion` and `kind`. Never throws. */
export function parseObject(manifest: unknown): ParsedObject {
  const object = record(manifest);
  if (object === undefined) return unreadable('', 'must be a Kubernetes object');
  const apiVersion = object['apiVersion'];
  const kind = object['kind'];
  if (typeof apiVersion !== 'string' || apiVersion === '') return unreadable('apiVersion', 'is required');
  if (typeof kind !== 'string' || kind === '') return unreadable('kind', 'is required');
  const { group, version } = splitApiVersion(apiVersion);
  const def = kindOf(kind);
  const followed = def?.group === group ? def : undefined;
  if (followed?.versions.includes(version) === true) return { ...followed.parse(object), apiVersion };
  const warning = followed === undefined ? warningFor(group) : versionWarning(followed);
  return { kind: 'ignored', apiVersion, objectKind: kind, warning };
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

function versionWarning({ kind, versions }: KindDef): string {
  return `${kind} is followed in version ${versions.join(' and ')}: this object is ignored`;
}

/** Groups whose routes and policies belong to Gateways: an object of another kind in them was meant for a Gateway too. */
const gatewayGroups: ReadonlySet<string> = new Set(
  followedKinds.filter(({ role }) => role === 'gateway').map(({ group }) => group),
);

function warningFor(group: string): string | undefined {
  if (!gatewayGroups.has(group)) return undefined;
  const names = followedKinds
    .filter((candidate) => candidate.group === group)
    .map((candidate) => candidate.kind);
  return `this kind is not followed and the object is ignored; of ${group}, followed are ${names.join(', ')}`;
}

function unreadable(path: string, message: string): ParsedObject {
  return { kind: 'invalid', problems: [{ path, message }], apiVersion: '' };
}
