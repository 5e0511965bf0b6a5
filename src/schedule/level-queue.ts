import { must } from '../lib/assert.ts';
import type { UnitName } from '../lib/key.ts';
import type { Level } from '../units/unit-def.ts';

/**
 * Units of a wave that wait for a worker, each once. Units of a level wait until those of lower levels are done, whose
 * rows they may read; so each is normally translated once.
 */
export class LevelQueue {
  readonly #levelOf: (unit: UnitName) => Level;
  readonly #levels = ([0, 1, 2] as const).map(() => ({ waiting: new Set<UnitName>(), running: 0 }));

  constructor(levelOf: (unit: UnitName) => Level) {
    this.#levelOf = levelOf;
  }

  get size(): number {
    return this.#levels.reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  /** True while units that make rows wait or are with a worker. */
  get isMaking(): boolean {
    return this.#levels.slice(0, -1).some(({ waiting, running }) => waiting.size + running > 0);
  }

  /** False for a unit that waits already. */
  push(unit: UnitName): boolean {
    const { waiting } = this.#level(unit);
    const before = waiting.size;
    return waiting.add(unit).size > before;
  }

  /** The next unit, which counts as running until `done`; undefined while there is none that may go. */
  take(): UnitName | undefined {
    for (const level of this.#levels) {
      const [unit] = level.waiting;
      if (unit !== undefined) {
        level.waiting.delete(unit);
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

  /** All that wait, which wait here no longer. */
  drain(): UnitName[] {
    const left = this.#levels.flatMap(({ waiting }) => [...waiting]);
    for (const { waiting } of this.#levels) waiting.clear();
    return left;
  }

  #level(unit: UnitName) {
    return must(this.#levels[this.#levelOf(unit)], 'level');
  }
}
