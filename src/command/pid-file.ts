import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { processStart } from './process-identity.ts';

const content = z.object({ pid: z.int().min(2), start: z.string(), fingerprint: z.string() });

/** A process that an earlier run left a pid file for, and that still runs. */
export interface RunningProcess {
  readonly pid: number;
  /** Tells whether the process is still this one. */
  readonly start: string;
  /** Hash of what it was started with. */
  readonly fingerprint: string;
}

/** Undefined when there is no pid file, or the process it names is gone; then the pid may be anybody's. */
export function readPidFile(file: string): RunningProcess | undefined {
  let found;
  try {
    found = content.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
  return found.success && processStart(found.data.pid) === found.data.start ? found.data : undefined;
}

/** Returns the process as a later run will find it; undefined when it has ended already. */
export function writePidFile(file: string, pid: number, fingerprint: string): RunningProcess | undefined {
  const start = processStart(pid);
  if (start === undefined) return undefined;
  const running = { pid, start, fingerprint };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(running));
  renameSync(`${file}.new`, file);
  return running;
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}
