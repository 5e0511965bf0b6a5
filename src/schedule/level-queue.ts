import { must } from '../lib/assert.ts';
import { FairQueue } from '../lib/fair-queue.ts';
import type { UnitName } from '../lib/key.ts';
import { levels, type Level } from '../units/unit-def.ts';

export interface LevelQueueHooks {
  level(unit: UnitName): Level;
  namespaceOf(unit: UnitName): string;
  owed(namespace: string): number;
}

/**
 * Queues the units of a wave, each once. A level waits until lower levels, whose rows it may read, are done, so that each
 * unit is normally translated once. Within a level namespaces take turns; those that owe translation time go last.
 */
export class LevelQueue {
  readonly #hooks: LevelQueueHooks;
  readonly #levels = levels.map(() => ({ waiting: new FairQueue<UnitName>(), running: 0 }));

  constructor(hooks: LevelQueueHooks) {
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#levels.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** True while units that make rows wait or are with a worker. */
  get isMaking(): boolean {
    return this.#levels.slice(0, -1).some(({ waiting, running }) => waiting.size + running > 0);
  }

  /** Returns false for a unit that waits already. */
  push(unit: UnitName): boolean {
    return this.#level(unit).waiting.add(this.#hooks.namespaceOf(unit), unit);
  }

  /** Returns the next unit, which counts as running until `done`; undefined while none may go. */
  take(): UnitName | undefined {
    for (const level of this.#levels) {
      const unit = level.waiting.take((namespace) => this.#hooks.owed(namespace));
      if (unit !== undefined) {
        level.running++;
        return unit;
      }
      if (level.running > 0) return undefined;
    }
    return undefined;
  }

  done(unit: UnitName): void {
    this.#level(unit).running--;
  }

  /** Removes and returns all that wait. */
  drain(): UnitName[] {
    return this.#levels.flatMap(({ waiting }) => waiting.drain());
  }

  #level(unit: UnitName) {
    return must(this.#levels[this.#hooks.level(unit)], 'level');
  }
}
