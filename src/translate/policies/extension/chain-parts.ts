import type { PluginType } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import { pluginsIn, pluginsOf, pluginTypes, type Plugin, type PolicyAt } from './policy-plugins.ts';

export interface ChainPart {
  readonly policy: PolicyAt;
  readonly types: readonly PluginType[];
}

/** Adds the lists that a policy with a `mergeType` lacks, from its parent. */
export function chainParts(own: PolicyAt, parent: PolicyAt | undefined): readonly ChainPart[] {
  if (parent === undefined || own.row.spec.mergeType === undefined)
    return [{ policy: own, types: pluginTypes }];
  const has = (type: PluginType): boolean => pluginsIn(own.row, type) > 0;
  return [
    { policy: own, types: pluginTypes.filter(has) },
    { policy: parent, types: pluginTypes.filter((type) => !has(type)) },
  ];
}

/** Returns plugins in the order in which they run. */
export function pluginsOfChain(reader: Reader, parts: readonly ChainPart[]): Plugin[] {
  return pluginTypes.flatMap((type) =>
    parts
      .filter(({ types }) => types.includes(type))
      .flatMap(({ policy }) => pluginsOf(reader, policy, [type])),
  );
}
