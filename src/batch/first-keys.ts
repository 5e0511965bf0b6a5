import { resourceKey, type ReadKey, type UnitName } from '../lib/key.ts';
import { parseClusterName, parseEndpointsName } from '../units/cluster-name.ts';
import { wasmModuleKey } from '../units/extension-name.ts';
import { effectiveListenersKey } from '../kinds/derived/effective-listeners.ts';
import { slicesOfService } from '../kinds/indexes.ts';
import { settingsKey } from '../kinds/own/settings-key.ts';
import { parseUnitName } from '../units/unit.ts';

/**
 * The keys that a unit will surely read, for one that has not been translated yet, and what rows among them hint at.
 * A guess that saves round trips: what it misses, translation asks for.
 */
export function firstKeys(unit: UnitName, follow: (key: ReadKey) => Iterable<ReadKey>): Set<ReadKey> {
  const keys = new Set<ReadKey>([settingsKey, ...ownKeys(unit)]);
  let step: readonly ReadKey[] = [...keys];
  for (let depth = 0; depth < maxDepth; depth++) {
    const next: ReadKey[] = [];
    for (const key of step) {
      for (const hint of follow(key)) {
        if (keys.has(hint)) continue;
        if (keys.size >= maxKeys) return keys;
        keys.add(hint);
        next.push(hint);
      }
    }
    step = next;
  }
  return keys;
}

/** From a Gateway over its class or an index of routes to the routes' Services is two steps. */
const maxDepth = 2;
/** A unit that reads more is rare, and pays one round trip more. */
const maxKeys = 64;

function ownKeys(name: UnitName): ReadKey[] {
  const unit = parseUnitName(name);
  switch (unit.kind) {
    case 'GatewayClass':
      return [resourceKey('GatewayClass', '', unit.name)];
    case 'EffectiveListeners':
      return [resourceKey('Gateway', unit.namespace, unit.name)];
    case 'Gateway':
      return [
        effectiveListenersKey(unit.namespace, unit.name),
        resourceKey('Gateway', unit.namespace, unit.name),
      ];
    case 'HTTPRoute':
    case 'EnvoyExtensionPolicy':
    case 'Secret':
      return [resourceKey(unit.kind, unit.namespace, unit.name)];
    case 'PluginChain':
      return [unit.own, unit.parent].flatMap((policy) =>
        policy === undefined ? [] : [resourceKey('EnvoyExtensionPolicy', policy.namespace, policy.name)],
      );
    case 'WasmModule':
      return [
        resourceKey('EnvoyExtensionPolicy', unit.namespace, unit.policy),
        wasmModuleKey(unit.namespace, unit.policy, unit.index),
      ];
    case 'Infrastructure':
      return [
        effectiveListenersKey(unit.namespace, unit.name),
        resourceKey('Gateway', unit.namespace, unit.name),
      ];
    case 'Listener':
      return [effectiveListenersKey(unit.namespace, unit.name)];
    case 'ClientAuthorities':
      return [effectiveListenersKey(unit.namespace, unit.name)];
    case 'AttachedRoute':
      return [effectiveListenersKey(unit.namespace, unit.name), unit.route];
    case 'Cluster': {
      const { namespace, service } = parseClusterName(unit.cluster);
      return [resourceKey('Service', namespace, service)];
    }
    case 'ClusterLoadAssignment': {
      const { namespace, service } = parseEndpointsName(unit.endpoints);
      return [resourceKey('Service', namespace, service), slicesOfService(namespace, service)];
    }
  }
}
