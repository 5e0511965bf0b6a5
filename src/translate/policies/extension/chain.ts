import { resourceKey } from '../../../lib/key.ts';
import { slotPart } from '../../../units/filter-slot.ts';
import { chainName, type ChainName, type PolicyName } from '../../../units/plugin-chain.ts';
import { translatePlugin } from '../../filters/plugin.ts';
import type { PluginChainIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import { chainParts, pluginsOfChain } from './chain-parts.ts';
import type { PolicyAt } from './policy-plugins.ts';

/** Resolves the plugins of a chain; undefined when there are none. */
export function translateChain(reader: Reader, name: ChainName): PluginChainIR | undefined {
  reader.expect([name.own, name.parent].flatMap((policy) => (policy === undefined ? [] : keyOf(policy))));
  const own = readPolicy(reader, name.own);
  const parent = name.parent === undefined ? undefined : readPolicy(reader, name.parent);
  if (own === undefined) return undefined;
  const plugins = pluginsOfChain(reader, chainParts(own, parent))
    .filter(({ verdict }) => verdict.kind === 'runs')
    .flatMap((plugin) => translatePlugin(reader, plugin.name) ?? []);
  const chain = chainName(name);
  return plugins.length === 0 ? undefined : { part: slotPart('plugins', chain), chain, plugins };
}

function readPolicy(reader: Reader, { namespace, name }: PolicyName): PolicyAt | undefined {
  const row = reader.row('EnvoyExtensionPolicy', namespace, name);
  return row === undefined ? undefined : { namespace, name, row };
}

function keyOf({ namespace, name }: PolicyName) {
  return resourceKey('EnvoyExtensionPolicy', namespace, name);
}
