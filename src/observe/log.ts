import { destination, pino, type DestinationStream } from 'pino';

/** Log of a stage. Fields first, then one lower-case sentence. Neither may have a secret. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LeveledLog extends Log {
  level: string;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
}

/** Bytes that a stalled reader of the output may leave in memory. Further lines are dropped, never waited for. */
const maxBacklogBytes = 8 * 1024 * 1024;

/** Writes `json` to standard output, for collectors, and `text`, for people, to standard error. */
export function createLog(
  options: LogOptions,
  stream: DestinationStream = openStream(options.format),
): LeveledLog {
  const target = options.format === 'json' ? stream : new TextStream(stream);
  const logger = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      level: options.level,
    },
    target,
  );
  return logger;
}

function openStream(format: LogOptions['format']): DestinationStream {
  const stream = destination({ fd: format === 'json' ? 1 : 2, sync: false, maxLength: maxBacklogBytes });
  // A reader that ends must not end the control plane.
  stream.on('error', () => {});
  process.on('exit', () => {
    try {
      stream.flushSync();
    } catch {
      // The log itself has failed.
    }
  });
  return stream;
}

/** Writes readable lines: time, level, message, then the fields as `name=value`. */
class TextStream implements DestinationStream {
  readonly #target: DestinationStream;

  constructor(target: DestinationStream) {
    this.#target = target;
  }

  write(line: string): void {
    const record: Record<string, unknown> = JSON.parse(line);
    const { time, level, msg, ...fields } = record;
    const clock = String(time).slice(11, 23);
    const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${fieldText(value)}`);
    this.#target.write(
      `${clock} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(msg))}${rest.join('')}\n`,
    );
  }
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[\w./:*-]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
}

/** Escapes control characters: a quoted object must not forge a line or colour a terminal. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
