import type { Clock } from '../lib/clock.ts';

/**
 * Lets so many streams begin at a time, and the others wait in order, until one of those has what it needs. When a whole
 * fleet connects at once, as after a restart, its proxies come as fast as they can be brought up to date, and the memory
 * and time that a beginning takes are those of a few. A proxy that does not get on holds its place for a second.
 */
export class StartingStreams {
  readonly #clock: Clock;
  readonly #atMost: () => number;
  readonly #onDelayed: () => void;
  readonly #waiting = new Set<Start>();
  #starting = 0;

  constructor(clock: Clock, atMost: () => number, onDelayed: () => void) {
    this.#clock = clock;
    this.#atMost = atMost;
    this.#onDelayed = onDelayed;
  }

  /**
   * Calls `begin`, now or when it is its turn. It hands over what is to be called when the stream has what it needs;
   * what is returned, when it has ended. Either may come again.
   */
  next(begin: Start): () => void {
    let finish: (() => void) | undefined;
    const start: Start = (started) => begin((finish = started));
    if (this.#starting < this.#atMost()) this.#start(start);
    else {
      this.#onDelayed();
      this.#waiting.add(start);
    }
    return () => {
      this.#waiting.delete(start);
      finish?.();
    };
  }

  close(): void {
    this.#waiting.clear();
  }

  #start(begin: Start): void {
    this.#starting++;
    let isStarting = true;
    const finish = (): void => {
      if (!isStarting) return;
      isStarting = false;
      cancel();
      this.#starting--;
      this.#goOn();
    };
    const cancel = this.#clock.after(placeMs, finish);
    begin(finish);
  }

  #goOn(): void {
    for (const begin of this.#waiting) {
      if (this.#starting >= this.#atMost()) return;
      this.#waiting.delete(begin);
      this.#start(begin);
    }
  }
}

type Start = (started: () => void) => void;

/** A proxy in the same network has a thousand clusters in a tenth of it. */
const placeMs = 1000;
