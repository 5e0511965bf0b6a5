import { failureText } from '../lib/failure.ts';
import type { Terminal } from './terminal.ts';

/** Time that a command takes to end its Envoys and backends, with room for a busy machine. */
const endWithinMs = 15_000;

/**
 * Takes the errors that nobody else has taken, after which nothing that this process knows can be relied on: one line
 * says so, and the command is asked to end all that it has started, instead of leaving it behind.
 */
export class LastResort {
  readonly #terminal: Terminal;
  readonly #end: () => void;
  #struck = false;

  constructor(terminal: Terminal, end: () => void) {
    this.#terminal = terminal;
    this.#end = end;
    // A rejection that nobody handles comes here as well.
    process.on('uncaughtException', (error) => this.strike(error));
  }

  get struck(): boolean {
    return this.#struck;
  }

  /** Those that follow the first have its cause most of the time, and another line would hide it. */
  strike(error: unknown): void {
    if (this.#struck) return;
    this.#struck = true;
    this.#terminal.err(`sluice: all of it ends, by a bug in Sluice: ${failureText(error)}${placeOf(error)}`);
    this.#end();
    // An end that never comes is made: what `exit` listeners can still end, they end.
    setTimeout(() => process.exit(1), endWithinMs).unref();
  }
}

/** The innermost frame, for whoever reports the line. */
function placeOf(error: unknown): string {
  const frame =
    error instanceof Error ? error.stack?.split('\n').find((line) => /^ +at /.test(line)) : undefined;
  return frame === undefined ? '' : ` (${frame.trim()})`;
}
