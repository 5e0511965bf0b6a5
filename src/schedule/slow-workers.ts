/** How many workers slow units may have at a time: half of them, and where there is one, half of its time. */
export class SlowWorkers {
  #running = 0;
  /** Time of the one worker that slow units have had and quick ones have not. */
  #owedMs = 0;

  /** True when a batch of slow units may begin, beside units that are not slow and wait as well. */
  mayBegin(workers: number, quickWait: boolean): boolean {
    if (this.#running >= Math.max(1, Math.floor(workers / 2))) return false;
    return workers > 1 || !quickWait || this.#owedMs <= 0;
  }

  began(isSlow: boolean): void {
    if (isSlow) this.#running++;
  }

  /** Call it when a batch has its answer, however late that is. */
  ended(isSlow: boolean, ms: number): void {
    if (isSlow) this.#running--;
    this.#owedMs = Math.min(maxOwedMs, Math.max(0, this.#owedMs + (isSlow ? ms : -ms)));
  }
}

/** A worker that hung is not to keep slow units from the next one for long. */
const maxOwedMs = 1000;
