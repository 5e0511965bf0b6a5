import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Tap } from '../../peers/peer.ts';
import type { ClientsAnswer, ClientsCommand } from './clients-process.ts';

/** Many delta clients of one Gateway, in two processes that take no time from the caller's thread. */
export class Clients {
  readonly #processes: readonly ChildProcess[] = [0, 1].map(() =>
    fork(join(import.meta.dirname, 'clients-process.ts'), { execArgv: [] }),
  );

  /** Adds connections; resolves when each of them has everything. */
  async open(tap: Tap, count: number): Promise<void> {
    const half = Math.ceil(count / 2);
    await this.#ask(
      [half, count - half].map((part) => ({ kind: 'open', tap, count: part })),
      'complete',
    );
  }

  /** Resolves when the marker has come to every client. */
  async expect(marker: string): Promise<{ readonly at: readonly number[]; readonly bytes: number }> {
    const answers = await this.#ask(
      this.#processes.map(() => ({ kind: 'expect', marker })),
      'arrived',
    );
    return {
      at: answers.flatMap(({ at }) => at),
      bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  async close(): Promise<void> {
    const ended = this.#processes.map((child) => once(child, 'exit'));
    for (const child of this.#processes) child.disconnect();
    await Promise.all(ended);
  }

  async #ask<K extends ClientsAnswer['kind']>(
    commands: readonly ClientsCommand[],
    kind: K,
  ): Promise<Extract<ClientsAnswer, { kind: K }>[]> {
    return await Promise.all(
      this.#processes.map(async (child, i) => {
        const answer = answerOf(child, kind);
        const command = commands[i];
        if (command !== undefined) child.send(command);
        return await answer;
      }),
    );
  }
}

/** Rejects when the process ends first. */
function answerOf<K extends ClientsAnswer['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<ClientsAnswer, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a process of clients has ended'));
    const listener = (answer: ClientsAnswer): void => {
      if (answer.kind !== kind) return;
      child.off('message', listener);
      child.off('exit', ended);
      resolve(answer as Extract<ClientsAnswer, { kind: K }>);
    };
    child.on('message', listener);
    child.once('exit', ended);
  });
}
