import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type TrafficCommand =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly host: string;
      readonly path: string;
      readonly connections: number;
    }
  | { readonly kind: 'end' };

export interface TrafficAnswer {
  readonly kind: 'counts';
  /** Requests by status, or by the error's code. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface TrafficResult {
  readonly sent: number;
  readonly bad: number;
  /** The most frequent kinds of bad answers. */
  readonly kinds: string;
}

/** Requests without a pause, from a process that takes no time from the caller's thread. */
export class Traffic {
  readonly #process: ChildProcess;

  /** `advanced` lets a Map through. */
  constructor(port: number, host: string, path: string, connections = 4) {
    this.#process = fork(join(import.meta.dirname, 'traffic-process.ts'), {
      serialization: 'advanced',
      execArgv: [],
    });
    this.#tell({ kind: 'begin', port, host, path, connections });
  }

  async end(): Promise<TrafficResult> {
    const answer = once(this.#process, 'message') as Promise<[TrafficAnswer]>;
    this.#tell({ kind: 'end' });
    const [{ counts }] = await answer;
    this.#process.disconnect();
    const sent = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const bad = [...counts].filter(([kind]) => kind !== '200').sort(([, a], [, b]) => b - a);
    return {
      sent,
      bad: bad.reduce((sum, [, count]) => sum + count, 0),
      kinds: bad.map(([kind, count]) => `${kind}: ${count}`).join(', '),
    };
  }

  #tell(command: TrafficCommand): void {
    this.#process.send(command);
  }
}
