/** Says how many workers slow units may have at a time: half of them, or half of the time of a single one. */
export class SlowWorkers {
  #running = 0;
  /** Time of the single worker that slow units have had ahead of quick ones. */
  #owedMs = 0;

  /** Returns true when a batch of slow units may start. `quickWait`: other units wait as well. */
  mayBegin(workers: number, quickWait: boolean): boolean {
    if (this.#running >= Math.max(1, Math.floor(workers / 2))) return false;
    return workers > 1 || !quickWait || this.#owedMs <= 0;
  }

  began(isSlow: boolean): void {
    if (isSlow) this.#running++;
  }

  /** Called when a batch has its answer, however late. */
  ended(isSlow: boolean, ms: number): void {
    if (isSlow) this.#running--;
    this.#owedMs = Math.min(maxOwedMs, Math.max(0, this.#owedMs + (isSlow ? ms : -ms)));
  }
}

/** Bounds how long slow units wait after a worker that hung. */
const maxOwedMs = 1000;
