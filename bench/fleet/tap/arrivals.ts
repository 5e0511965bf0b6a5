import type { RunningTap, TapMessage } from './tap.ts';

export interface Arrival {
  /** In milliseconds of `performance.now()`. */
  readonly at: number;
  /** Bytes of the message that brought the change. */
  readonly bytes: number;
}

interface Expected {
  readonly marker: Buffer;
  readonly resolve: (arrival: Arrival) => void;
}

/**
 * Finds the message that carries a change by a marker in the change's content, whichever type the control plane sends
 * it as. A marker is unique and of fixed length, so that it is no part of another.
 */
export class Arrivals {
  /** In the order of the changes, by object. */
  readonly #expected = new Map<string, Expected[]>();
  #waiting = 0;

  constructor(tap: RunningTap) {
    tap.onMessage = (message) => this.#receive(message);
  }

  /** Changes that have not arrived. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A later change of the same object stands for the earlier ones: a control plane may merge them. */
  expect(object: string, marker: string): Promise<Arrival> {
    return new Promise((resolve) => {
      const queue = this.#expected.get(object) ?? [];
      queue.push({ marker: Buffer.from(marker), resolve });
      this.#expected.set(object, queue);
      this.#waiting++;
    });
  }

  /** The changes that wait will not be waited for. */
  forget(): void {
    this.#expected.clear();
    this.#waiting = 0;
  }

  #receive({ at, bytes }: TapMessage): void {
    if (this.#waiting === 0) return;
    for (const [object, queue] of this.#expected) {
      const newest = queue.findLastIndex(({ marker }) => bytes.includes(marker));
      if (newest < 0) continue;
      for (const { resolve } of queue.splice(0, newest + 1)) {
        this.#waiting--;
        resolve({ at, bytes: bytes.length });
      }
      if (queue.length === 0) this.#expected.delete(object);
    }
  }
}

/** Rejects when the change has not come for so long that it never will. */
export async function within(arrival: Promise<Arrival>, object: string): Promise<Arrival> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the change of ${object} has not come to the tap`)), lateMs);
    timer.unref();
  });
  try {
    return await Promise.race([arrival, late]);
  } finally {
    clearTimeout(timer);
  }
}

const lateMs = 120_000;
