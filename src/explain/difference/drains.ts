import type { ListenerJson } from '../envoy-json.ts';
import { jsonDifference } from './json-difference.ts';

/** Connections that Envoy closes, in time, because of a change of a listener. */
export type Drain =
  | { readonly kind: 'none' }
  /** Those of some filter chains; connections of others stay. */
  | { readonly kind: 'chains'; readonly chains: readonly string[] }
  | { readonly kind: 'all' };

/**
 * Envoy exchanges filter chains in place where nothing else of the listener differs:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/listeners/lds
 */
export function drainOf(before: ListenerJson | undefined, after: ListenerJson | undefined): Drain {
  if (before === undefined) return { kind: 'none' };
  if (after === undefined) return { kind: 'all' };
  const { filterChains: old = [], ...rest } = before;
  const { filterChains: now = [], ...others } = after;
  if (jsonDifference(rest, others).length > 0) return { kind: 'all' };
  const kept = new Set(now.map((chain) => JSON.stringify(chain)));
  const chains = old.flatMap((chain) => (kept.has(JSON.stringify(chain)) ? [] : chain.name));
  return chains.length === 0 ? { kind: 'none' } : { kind: 'chains', chains };
}
