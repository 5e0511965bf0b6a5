import type { Clock } from '../lib/clock.ts';
import { FleetQueue } from './fleet-queue.ts';

/**
 * Bounds the streams that start at a time, and so the memory and time when a whole fleet connects at once, as after a
 * restart. A slow proxy keeps its place for a second; one fleet leaves a place to others.
 */
export class StartingStreams {
  readonly #clock: Clock;
  readonly #atMost: () => number;
  readonly #onDelayed: () => void;
  readonly #waiting = new FleetQueue<Start>();
  readonly #places = new Map<string, number>();
  #starting = 0;
  #isOpen = false;

  constructor(clock: Clock, atMost: () => number, onDelayed: () => void) {
    this.#clock = clock;
    this.#atMost = atMost;
    this.#onDelayed = onDelayed;
  }

  open(): void {
    this.#isOpen = true;
    this.#goOn();
  }

  /** Calls `begin` in its turn, with a function for when the stream is up to date. Returns one for when it has ended. */
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

/** Time of a place: ten times that of a thousand clusters in one network. */
const placeMs = 1000;

/** Places that one fleet leaves free for the first proxy of another. */
const placesOfOthers = 1;
