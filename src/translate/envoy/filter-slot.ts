import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { FilterConfig } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import {
  Composite,
  ExecuteFilterAction,
} from '../../../proto/gen/envoy/extensions/filters/http/composite/v3/composite.ts';
import { HTTPFault } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault.ts';
import { Config as FilterState } from '../../../proto/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state.ts';
import type { HttpFilter } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import { Any } from '../../../proto/gen/google/protobuf/any.ts';
import {
  Matcher,
  Matcher_MatcherTree,
  Matcher_OnMatch,
} from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import { contentHash } from '../../lib/hash.ts';
import type { RouteChainIR } from '../ir.ts';
import { any, encode, typeUrl } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { chainKey, closed, running, runningClosed, slotKey, stateInput, stateValue } from './match-tree.ts';
import { resourceOfBytes, type EncodedResource } from './resource.ts';
import { field, joined, type Segments } from './segments.ts';

/**
 * A route cannot refer to ECDS, and a filter's config can only do so from the listener. So a route names the slot and the
 * chain, the filter knows the slots, which come by ECDS, and a slot holds its chains: a listener never changes.
 */
export const choiceFilter: HttpFilter = {
  name: 'sluice.choice',
  disabled: true,
  configType: { $case: 'typedConfig', value: any(FilterState, {}) },
};

export function slotFilter(family: string, slots: readonly string[]): HttpFilter {
  const map = new Map(slots.map((slot) => [slot, running({ dynamicConfig: dynamic(slot) })]));
  const tree: Matcher_MatcherTree = {
    input: stateInput(slotKey(family)),
    treeType: { $case: 'exactMatchMap', value: { map } },
  };
  const matcher: Matcher = {
    matcherType: { $case: 'matcherTree', value: tree },
    onNoMatch: runningClosed,
  };
  return {
    name: filterName(family),
    disabled: true,
    configType: { $case: 'typedConfig', value: any(Composite, { matcher }) },
  };
}

/** Returns the config by which a route names its chains, at most one of each family, by filter. */
export function slotsOnRoute(chains: readonly RouteChainIR[]): (readonly [string, Any])[] {
  if (chains.length === 0) return [];
  const onRequestHeaders = chains.flatMap(({ family, slot, chain }) => [
    stateValue(slotKey(family), slot),
    stateValue(chainKey(family), chain),
  ]);
  return [
    ['sluice.choice', any(FilterState, { onRequestHeaders })],
    ...chains.map(({ family }) => [filterName(family), any(FilterConfig, { config: {} })] as const),
  ];
}

/**
 * Encodes a slot without chains. Their map is the last field of each message around it, so that entries are appended, with
 * other lengths in front (`publish/filter-slot.ts`). Envoy requires an entry: this one is of no chain.
 */
export function slotResource(name: string): EncodedResource {
  const family = name.slice(0, name.indexOf('/'));
  const map = field(number.exactMatchMap, chainEntry('', [encode(Matcher_OnMatch, runningClosed)]));
  const tree = [encode(Matcher_MatcherTree, { input: stateInput(chainKey(family)) }), ...map];
  const matcher = [encode(Matcher, { onNoMatch: runningClosed }), ...field(number.matcherTree, tree)];
  const composite = field(number.matcher, matcher);
  const config = [encode(Any, { typeUrl: typeUrl(Composite) }), ...field(number.value, composite)];
  const { bytes } = joined([encode(TypedExtensionConfig, { name }), ...field(number.typedConfig, config)]);
  return resourceOfBytes(TypedExtensionConfig, name, bytes);
}

/** Encodes a chain as the part of its slot. Each filter is a TypedExtensionConfig. */
export function chainPart(part: string, chain: string, filters: readonly Segments[]): EncodedResource {
  const action = field(
    number.filterChain,
    filters.flatMap((filter) => field(number.filter, filter)),
  );
  const config = [encode(Any, { typeUrl: typeUrl(ExecuteFilterAction) }), ...field(number.value, action)];
  const extension = [encode(TypedExtensionConfig, { name: 'run' }), ...field(number.typedConfig, config)];
  const { bytes, blobs } = joined(chainEntry(chain, field(number.action, extension)));
  const version = contentHash(Buffer.concat([bytes, Buffer.from(blobs)]));
  return { typeUrl: typeUrl(TypedExtensionConfig), name: part, version, bytes, names: [], blob: blobs };
}

function chainEntry(chain: string, onMatch: Segments): Segments {
  return field(number.map, [
    ...field(number.key, [Buffer.from(chain)]),
    ...field(number.entryValue, onMatch),
  ]);
}

/** Fields around a slot's chains, and in each of these around its filters, from the outside in. */
const number = {
  typedConfig: 2,
  value: 2,
  matcher: 2,
  matcherTree: 2,
  exactMatchMap: 2,
  map: 1,
  key: 1,
  entryValue: 2,
  action: 2,
  filterChain: 4,
  filter: 1,
} as const;

function filterName(family: string): string {
  return `sluice.${family}`;
}

/** Closes the slot's routes until its resource has come. */
function dynamic(name: string) {
  return {
    name,
    configDiscovery: {
      configSource: adsConfigSource,
      defaultConfig: closed,
      typeUrls: [typeUrl(Composite), typeUrl(HTTPFault)],
    },
  };
}
