import type { ExtensionPolicyRow } from '../../../kinds/envoy-gateway/extension-policy.ts';
import { policiesBelow } from '../../../kinds/indexes.ts';
import type { IndexKey } from '../../../lib/key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { resolveScript } from '../../filters/lua-script.ts';
import type { Reader } from '../../reader.ts';
import type { Ancestor } from '../attachment/ancestors.ts';

/** Returns fields of plugins that may have Envoy choose the route of a request again. */
export function choosingPlugins(reader: Reader, namespace: string, { spec }: ExtensionPolicyRow): string[] {
  const scripts = spec.lua.flatMap((plugin, i) => {
    const resolved = resolveScript(reader, namespace, plugin);
    // A script can hide the call: this warns its author, and is no protection.
    return resolved.kind === 'script' && resolved.text.includes('clearRouteCache') ? [`spec.lua[${i}]`] : [];
  });
  return [...scripts, ...spec.extProc.map((_, i) => `spec.extProc[${i}]`)];
}

/** Returns the indexes of routes below the ancestors that have a SecurityPolicy of their own. */
export function securedRouteKeys(ancestors: readonly Ancestor[]): IndexKey[] {
  return ancestors.flatMap(({ parent }) => keysAt(parent));
}

function keysAt(gateway: ObjectName): IndexKey[] {
  return (['overrides', 'merges'] as const).map((how) =>
    policiesBelow('SecurityPolicy', gateway, undefined, how),
  );
}

/**
 * Returns a warning where routes of a Gateway differ in their SecurityPolicies: a request that is led from one to another is
 * refused (`envoy/protection.ts`).
 */
export function choiceWarning(
  reader: Reader,
  { parent }: Ancestor,
  choosing: readonly string[],
): string | undefined {
  const isSecured = choosing.length > 0 && keysAt(parent).some((key) => reader.index(key).length > 0);
  if (!isSecured) return undefined;
  const subject = choosing.length === 1 ? 'it' : 'they';
  return `${choosing.join(', ')}: ${subject} may have Envoy choose another route for a request, which is refused where that route has another SecurityPolicy`;
}
