import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { splitByLiveness, type RestartChange } from './options.ts';

/** Interval of reads without a file event, which may be lost. */
const lookEveryMs = 1000;
/** An editor writes in several steps; a read waits this long after the last one. */
const settleMs = 20;

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ConfigWatchPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly onConfig: (config: Config) => void;
  /** Called for each new version of the file; one with nothing new in it is applied too. */
  readonly onVersion: (result: 'applied' | 'refused') => void;
}

export interface ConfigWatch {
  close(): void;
}

/**
 * Calls `onConfig` when live options change in the file. Options that need a restart keep their running value, and one
 * log line names them. A broken file is logged once for each version, and the last good config stays in force.
 */
export function watchConfig(
  file: string,
  running: Config,
  { log, clock, onConfig, onVersion }: ConfigWatchPorts,
): ConfigWatch {
  let current = running;
  let seen = versionOf(file);
  let saidWaiting = '';
  let saidBroken = '';
  let cancelLook = nothing;
  let closed = false;

  const look = (): void => {
    if (closed) return;
    // First, so that a fault below does not end the reads.
    schedule(lookEveryMs);
    const version = versionOf(file);
    if (version === seen) return;
    seen = version;
    apply();
  };

  const schedule = (delayMs: number): void => {
    cancelLook();
    cancelLook = clock.after(delayMs, look);
  };

  const apply = (): void => {
    const loaded = loadConfig(file);
    if (loaded.kind === 'error') {
      if (loaded.line !== saidBroken) log.error({}, `${loaded.line}; the last good config stays in force`);
      saidBroken = loaded.line;
      onVersion('refused');
      return;
    }
    saidBroken = '';
    onVersion('applied');
    const { apply: next, waiting } = splitByLiveness(running, loaded.config);
    const line = waitingLine(file, waiting);
    if (line !== saidWaiting && line !== '') log.warn({}, line);
    saidWaiting = line;
    if (JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    log.info({}, `${file}: the new config is in force`);
    onConfig(next);
  };

  // Watches the folder: editors and ConfigMap mounts replace the file.
  const watcher = watchFolder(dirname(file), (name) => {
    if (name === null || name === basename(file) || name.startsWith('..')) schedule(settleMs);
  });
  schedule(lookEveryMs);
  return {
    close() {
      closed = true;
      cancelLook();
      watcher?.close();
    },
  };
}

function nothing(): void {}

function waitingLine(file: string, waiting: readonly RestartChange[]): string {
  if (waiting.length === 0) return '';
  const changes = waiting.map(
    ({ path, running, wanted }) => `${path} from ${JSON.stringify(running)} to ${JSON.stringify(wanted)}`,
  );
  return `${file}: restart Sluice to change ${changes.join(', ')}`;
}

function versionOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'absent' : [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
}

/** Returns undefined without free file events; the interval remains. */
function watchFolder(folder: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onEvent(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
