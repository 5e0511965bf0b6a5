import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { splitByLiveness, type RestartChange } from './options.ts';

/** Time between looks at the file that do not rest on file events, which can be missed. */
const lookEveryMs = 1000;
/** An editor writes a file in several steps; a look waits this long for the last of them. */
const settleMs = 20;

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Follows a config file. Ends with `close`. */
export interface ConfigWatch {
  close(): void;
}

/**
 * Calls `onConfig` with the new config whenever live options change in the file; options that need a restart keep
 * their running value in it, and one log line names them. A broken file is one log line for each of its versions, and
 * the last good config stays in force.
 */
export function watchConfig(
  file: string,
  running: Config,
  { log, clock, onConfig }: { log: Log; clock: Clock; onConfig: (config: Config) => void },
): ConfigWatch {
  let current = running;
  let seen = versionOf(file);
  let saidWaiting = '';
  let saidBroken = '';
  let cancelLook = nothing;
  let closed = false;

  const look = (): void => {
    if (closed) return;
    // First, so that nothing that goes wrong in this one is the end of them.
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
      return;
    }
    saidBroken = '';
    const { apply: next, waiting } = splitByLiveness(running, loaded.config);
    const line = waitingLine(file, waiting);
    if (line !== saidWaiting && line !== '') log.warn({}, line);
    saidWaiting = line;
    if (JSON.stringify(next) === JSON.stringify(current)) return;
    current = next;
    log.info({}, `${file}: the new config is in force`);
    onConfig(next);
  };

  // The folder is watched, since an editor or a ConfigMap mount replaces the file by another one.
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

/** Undefined where the system has no file events left to give: the regular looks remain. */
function watchFolder(folder: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onEvent(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
