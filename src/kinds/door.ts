import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { kindOf } from './followed-kinds.ts';
import { identityOf, record } from './identity.ts';
import { ignoredProblem } from './ignored-kinds.ts';
import type { ParsedRow, Problem } from './row.ts';

export type ParsedObject =
  | (ParsedRow & { readonly apiVersion: string })
  /** A kind that Sluice does not follow. `warning`: set when its author probably expects otherwise. */
  | {
      readonly kind: 'ignored';
      readonly apiVersion: string;
      readonly objectKind: string;
      /** Undefined when the name cannot be read. */
      readonly key: ResourceKey | undefined;
      readonly warning: Problem | undefined;
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
  return {
    kind: 'ignored',
    apiVersion,
    objectKind: kind,
    key: keyOf(kind, object),
    warning: ignoredProblem(group, version, kind),
  };
}

/** The scope of the kind is unknown: an object without a namespace is named without one. */
function keyOf(kind: string, object: Readonly<Record<string, unknown>>): ResourceKey | undefined {
  const found = identityOf(object, 'namespaced');
  const isNamespaced = record(object['metadata'])?.['namespace'] !== undefined;
  if (found.kind === 'invalid' || !/^[A-Za-z][A-Za-z0-9]{0,62}$/.test(kind)) return undefined;
  return resourceKey(kind, isNamespaced ? found.identity.namespace : '', found.identity.name);
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}

function unreadable(path: string, message: string): ParsedObject {
  return { kind: 'invalid', problems: [{ path, message }], apiVersion: '' };
}
