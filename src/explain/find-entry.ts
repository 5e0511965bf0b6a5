import type { RouteJson } from './envoy-json.ts';
import type { EntryInForce } from './in-force.ts';
import { missesOf, shareOf, type Seen } from './match-route.ts';

export interface TakenRoute {
  readonly entry: EntryInForce;
  readonly route: RouteJson;
  /** Share of such requests, from 0 to 1. */
  readonly share: number;
}

export interface Miss {
  readonly entry: EntryInForce;
  readonly misses: readonly string[];
}

export interface FoundEntry {
  /** Several where routes take a share each; they may leave requests without any. */
  readonly taken: readonly TakenRoute[];
  /** Entries before the last taken one, and all if none is; those that lack least first. */
  readonly nearMisses: readonly Miss[];
  readonly looked: number;
}

/** Tries entries in Envoy's order. Envoy uses one random number for all routes of a request, so shares add up. */
export function findEntry(entries: readonly EntryInForce[], seen: Seen): FoundEntry {
  const taken: TakenRoute[] = [];
  const missed: Miss[] = [];
  let share = 0;
  let looked = 0;
  for (const entry of entries) {
    if (share >= 1) break;
    looked++;
    let least: readonly string[] | undefined;
    for (const route of entry.routes) {
      const misses = missesOf(route.match, seen);
      if (misses.length > 0) {
        if (least === undefined || misses.length < least.length) least = misses;
        continue;
      }
      const upTo = shareOf(route.match);
      if (upTo <= share) continue;
      taken.push({ entry, route, share: upTo - share });
      share = upTo;
      if (share >= 1) break;
    }
    if (least !== undefined && !taken.some((one) => one.entry === entry))
      missed.push({ entry, misses: least });
  }
  const nearest = missed.sort((a, b) => a.misses.length - b.misses.length);
  return { taken, nearMisses: nearest.slice(0, maxMisses), looked };
}

/** Enough to see a typing mistake. */
const maxMisses = 3;
