import type { Outcome } from '../batch/outcome.ts';
import type { Clock } from '../lib/clock.ts';
import type { UnitName } from '../lib/key.ts';
import { laneOf, levelOf, namespaceOf, unitKind } from '../units/unit.ts';
import { lastLevel, type LaneName } from '../units/unit-def.ts';
import { Costs } from './costs.ts';

export interface LaneCostsHooks {
  isQuarantined(unit: UnitName): boolean;
}

/** Keeps costs by lane: routes of a namespace that cost much do not hold up its endpoints. */
export class LaneCosts {
  readonly #hooks: LaneCostsHooks;
  readonly #lanes: Readonly<Record<LaneName, Costs>>;

  constructor(clock: Clock, hooks: LaneCostsHooks) {
    this.#hooks = hooks;
    this.#lanes = { endpoints: new Costs(clock), config: new Costs(clock) };
  }

  owed(lane: LaneName, namespace: string): number {
    return this.#lanes[lane].owed(namespace);
  }

  /**
   * Returns false for units that make rows: others of their wave wait for them; and for those of a Gateway itself: tables
   * of routes move to new listeners with their routes, or are without them for a moment.
   */
  isSlow(unit: UnitName): boolean {
    if (levelOf(unit) < lastLevel) return false;
    if (this.#hooks.isQuarantined(unit)) return true;
    const costs = this.#lanes[laneOf(unit)];
    if (ofGateway.has(unitKind(unit))) return false;
    if (costs.isSlow(unit)) return true;
    return costs.isLikeSlow(unit, namespaceOf(unit));
  }

  /** `batchMs`: time since the batch was sent. Units that ended their worker are charged a share of it. */
  charge(lane: LaneName, outcomes: readonly Outcome[], batchMs: number): void {
    for (const outcome of outcomes) {
      if (outcome.kind === 'later') continue;
      const isUnmeasured = outcome.kind === 'fault' && outcome.micros === 0;
      const ms = isUnmeasured ? batchMs / outcomes.length : outcome.micros / 1000;
      this.#lanes[lane].took(outcome.unit, namespaceOf(outcome.unit), ms);
    }
  }

  forget(unit: UnitName): void {
    this.#lanes[laneOf(unit)].forget(unit);
  }

  used(): ReadonlyMap<string, number> {
    const used = new Map(this.#lanes.config.used());
    for (const [namespace, seconds] of this.#lanes.endpoints.used())
      used.set(namespace, (used.get(namespace) ?? 0) + seconds);
    return used;
  }
}

const ofGateway: ReadonlySet<string> = new Set(['Gateway', 'Listener']);
