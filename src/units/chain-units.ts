import { resourceKey, type ReadKey } from '../lib/key.ts';
import { chainName, parseChainName, type ChainName } from './plugin-chain.ts';
import { parseTokenChainName, tokenChainName } from './token-chain.ts';
import { lastLevel, type UnitDef, type UnitFields } from './unit-def.ts';

/** Chains are used by several Gateways, and stay for a while after the last route that names them. */
const ofChain = { lane: 'config', level: lastLevel, wave: 'shared', lingers: true } as const;

type ChainKind = 'PluginChain' | 'LimitChain' | 'TokenChain';

/** Units of chains of filters, which come to proxies in slots. */
export const chainUnits: { readonly [K in ChainKind]: UnitDef<UnitFields[K]> } = {
  PluginChain: {
    ...ofChain,
    codec: { write: chainName, read: parseChainName },
    firstKeys: (chain) => policyKeys('EnvoyExtensionPolicy', chain),
  },
  LimitChain: {
    ...ofChain,
    codec: { write: ({ chain }) => chain, read: (chain) => ({ chain }) },
  },
  TokenChain: {
    ...ofChain,
    codec: { write: tokenChainName, read: parseTokenChainName },
    firstKeys: (chain) => policyKeys('SecurityPolicy', chain),
    staysInUse: true,
  },
};

function policyKeys(kind: string, { own, parent }: ChainName): ReadKey[] {
  const policies = parent === undefined ? [own] : [own, parent];
  return policies.map(({ namespace, name }) => resourceKey(kind, namespace, name));
}
