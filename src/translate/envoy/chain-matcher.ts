import {
  ServerNameInput,
  TransportProtocolInput,
} from '../../../proto/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs.ts';
import { StringValue } from '../../../proto/gen/google/protobuf/wrappers.ts';
import type { TypedExtensionConfig as MatchExtension } from '../../../proto/gen/xds/core/v3/extension.ts';
import type {
  Matcher,
  Matcher_MatcherList_FieldMatcher as FieldMatcher,
  Matcher_OnMatch as OnMatch,
} from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import type { StringMatcher } from '../../../proto/gen/xds/type/matcher/v3/string.ts';
import type { AddressRulesIR, FilterChainIR } from '../listener-ir.ts';
import { addressIn } from './address-in.ts';
import { any } from './any.ts';

/**
 * Chooses the chain of a connection as the chains' own matches do, and then by the client's address; undefined when no
 * chain asks for one. Envoy decides before it reads or sends a byte, and keeps all chains and their connections when the
 * matcher changes. A network filter `rbac` would wait for the client's first byte, while the server's greeting passes.
 */
export function chainMatcher(chains: readonly FilterChainIR[]): Matcher | undefined {
  if (chains.every(({ clients }) => clients === undefined)) return undefined;
  const exact = chains.filter(({ serverName }) => serverName !== undefined && !isWildcard(serverName));
  const map = new Map(exact.map((one) => [one.serverName ?? '', into(one)]));
  const others = byWildcard(chains);
  if (map.size === 0) return others;
  const value = { input: serverName, treeType: { $case: 'exactMatchMap', value: { map } } } as const;
  return { matcherType: { $case: 'matcherTree', value }, onNoMatch: nested(others) };
}

/** Envoy's own matches prefer the longest wildcard, too. */
function byWildcard(chains: readonly FilterChainIR[]): Matcher {
  const wildcards = chains
    .filter(({ serverName: name }) => name !== undefined && isWildcard(name))
    .sort((a, b) => (b.serverName?.length ?? 0) - (a.serverName?.length ?? 0))
    .map((one) => when(serverName, suffix(one.serverName ?? ''), into(one)));
  const others = chains.filter(({ serverName: name }) => name === undefined);
  const tlsAlone = others
    .filter(({ isPassthrough }) => isPassthrough)
    .map((one) => when(transport, exactly('tls'), into(one)));
  const rest = others.find(({ isPassthrough }) => !isPassthrough);
  return list([...wildcards, ...tlsAlone], rest === undefined ? closed : into(rest));
}

function into({ name, clients }: FilterChainIR): OnMatch {
  return clients === undefined ? chain(name) : byAddress(name, clients);
}

function byAddress(name: string, { rules, rest }: AddressRulesIR): OnMatch {
  const act = (action: 'Allow' | 'Deny') => (action === 'Allow' ? chain(name) : closed);
  const matchers = rules.map(({ ranges, action }) => ({
    predicate: addressIn(ranges, 'clients'),
    onMatch: act(action),
  }));
  // Without `rest` Envoy would go on with the conditions behind this one.
  return matchers.length === 0 ? act(rest) : nested(list(matchers, act(rest)));
}

/** Envoy rejects an empty list. */
function list(matchers: FieldMatcher[], onNoMatch: OnMatch): Matcher {
  if (matchers.length === 0) return { onNoMatch };
  return { matcherType: { $case: 'matcherList', value: { matchers } }, onNoMatch };
}

function when(input: MatchExtension, value: StringMatcher, onMatch: OnMatch): FieldMatcher {
  const matcher = { $case: 'valueMatch', value } as const;
  return { predicate: { matchType: { $case: 'singlePredicate', value: { input, matcher } } }, onMatch };
}

function chain(value: string): OnMatch {
  const action = { name: 'chain', typedConfig: any(StringValue, { value }) };
  return { onMatch: { $case: 'action', value: action } };
}

/** No chain has this name: Envoy closes the connection. */
const closed = chain('sluice/closed');

function nested(value: Matcher): OnMatch {
  return { onMatch: { $case: 'matcher', value } };
}

const serverName: MatchExtension = { name: 'server_name', typedConfig: any(ServerNameInput, {}) };
const transport: MatchExtension = { name: 'transport', typedConfig: any(TransportProtocolInput, {}) };

function exactly(value: string): StringMatcher {
  return { matchPattern: { $case: 'exact', value } };
}

function suffix(wildcard: string): StringMatcher {
  return { matchPattern: { $case: 'suffix', value: wildcard.slice(1) } };
}

function isWildcard(name: string): boolean {
  return name.startsWith('*');
}
