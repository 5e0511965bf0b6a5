import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

interface Kinded {
  readonly kind: string;
}

/** A process with commands and answers. */
export class Child<Command extends Kinded, Answer extends Kinded> {
  readonly #process: ChildProcess;

  /** `program` is a file beside this one. */
  constructor(program: string, execArgv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#process = fork(join(import.meta.dirname, program), {
      execArgv: [...execArgv],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  tell(command: Command): void {
    this.#process.send(command);
  }

  ask<K extends Answer['kind']>(command: Command, kind: K): Promise<Extract<Answer, { kind: K }>> {
    const answer = this.next(kind);
    this.tell(command);
    return answer;
  }

  /** Rejects when the process or one of its clients ends. */
  next<K extends Answer['kind']>(kind: K): Promise<Extract<Answer, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const child = this.#process;
      const settle = (end: () => void): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        end();
      };
      const onExit = (): void => settle(() => reject(new Error('a process of the scenario ended')));
      const onMessage = (answer: Answer): void => {
        if (answer.kind === kind) settle(() => resolve(answer as Extract<Answer, { kind: K }>));
        else if (answer.kind === 'ended')
          settle(() => reject(new Error(`a client ended: ${JSON.stringify(answer)}`)));
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }
}
