import type { Clock } from '../lib/clock.ts';
import { FleetQueue } from './fleet-queue.ts';

/**
 * Lets so many streams begin at a time, and the others wait until one of those has what it needs: fleet by fleet, and in
 * each of them in order. When a whole fleet connects at once, as after a restart, its proxies come as fast as they can be
 * brought up to date, and the memory and time that a beginning takes are those of a few. A proxy that does not get on holds
 * its place for a second, and one fleet leaves a place to the others.
 */
export class StartingStreams {
  readonly #clock: Clock;
  readonly #atMost: () => number;
  readonly #onDelayed: () => void;
  readonly #waiting = new FleetQueue<Start>();
  /** Places taken, by fleet. */
  readonly #places = new Map<string, number>();
  #starting = 0;
  #isOpen = false;

  constructor(clock: Clock, atMost: () => number, onDelayed: () => void) {
    this.#clock = clock;
    this.#atMost = atMost;
    this.#onDelayed = onDelayed;
  }

  /** Streams begin from here on. */
  open(): void {
    this.#isOpen = true;
    this.#goOn();
  }

  /**
   * Calls `begin`, now or when it is its turn. It hands over what is to be called when the stream has what it needs;
   * what is returned, when it has ended. Either may come again.
   */
  next(fleet: string, begin: (started: () => void) => void): () => void {
    let finish: (() => void) | undefined;
    const start: Start = { fleet, begin: (started) => begin((finish = started)) };
    this.#waiting.add(fleet, start);
    this.#goOn();
    if (this.#waiting.has(start)) this.#onDelayed();
    return () => {
      this.#waiting.delete(start);
      finish?.();
    };
  }

  close(): void {
    this.#waiting.clear();
  }

  #goOn(): void {
    while (this.#isOpen && this.#starting < this.#atMost()) {
      const start = this.#waiting.take((fleet) => this.#mayStart(fleet));
      if (start === undefined) return;
      this.#start(start);
    }
  }

  #mayStart(fleet: string): boolean {
    return (this.#places.get(fleet) ?? 0) < Math.max(1, this.#atMost() - placesOfOthers);
  }

  #start({ fleet, begin }: Start): void {
    this.#take(fleet, 1);
    let isStarting = true;
    const finish = (): void => {
      if (!isStarting) return;
      isStarting = false;
      cancel();
      this.#take(fleet, -1);
      this.#goOn();
    };
    const cancel = this.#clock.after(placeMs, finish);
    begin(finish);
  }

  #take(fleet: string, change: 1 | -1): void {
    this.#starting += change;
    const places = (this.#places.get(fleet) ?? 0) + change;
    if (places === 0) this.#places.delete(fleet);
    else this.#places.set(fleet, places);
  }
}

interface Start {
  readonly fleet: string;
  readonly begin: (started: () => void) => void;
}

/** A proxy in the same network has a thousand clusters in a tenth of it. */
const placeMs = 1000;

/** Places that one fleet leaves free, so that the first proxy of another need not wait until a place is given up. */
const placesOfOthers = 1;
