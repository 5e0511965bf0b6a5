import { failureText } from '../lib/failure.ts';
import type { Terminal } from './terminal.ts';

/** Time for a command to end its Envoys and backends, also on a busy machine. */
const endWithinMs = 15_000;

/**
 * Handles uncaught errors, after which the state of the process is unknown: prints one line, and ends the command with
 * all that it has started.
 */
export class LastResort {
  readonly #terminal: Terminal;
  readonly #end: () => void;
  #struck = false;

  constructor(terminal: Terminal, end: () => void) {
    this.#terminal = terminal;
    this.#end = end;
    // Unhandled rejections come here too.
    process.on('uncaughtException', (error) => this.strike(error));
  }

  get struck(): boolean {
    return this.#struck;
  }

  /** Later errors mostly have the same cause, and would hide it. */
  strike(error: unknown): void {
    if (this.#struck) return;
    this.#struck = true;
    this.#terminal.err(
      `sluice: a bug in Sluice ends this command, please report it: ${failureText(error)}${placeOf(error)}`,
    );
    this.#end();
    // Exits when the regular end hangs; `exit` listeners still run.
    setTimeout(() => process.exit(1), endWithinMs).unref();
  }
}

function placeOf(error: unknown): string {
  const frame =
    error instanceof Error ? error.stack?.split('\n').find((line) => /^ +at /.test(line)) : undefined;
  return frame === undefined ? '' : ` (${frame.trim()})`;
}
