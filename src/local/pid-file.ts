import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processStart } from './process-identity.ts';

export interface RunningProcess {
  readonly pid: number;
  /** Start time, which identifies the process. */
  readonly start: string;
  /** Hash of the arguments of its start. */
  readonly fingerprint: string;
}

/** Returns undefined without a pid file, or when its process has ended: then another may have the pid. */
export function readPidFile(file: string): RunningProcess | undefined {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  return isRunningProcess(found) && processStart(found.pid) === found.start ? found : undefined;
}

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

/** A signal to pid 0, 1 or a negative one would reach many processes. */
function isRunningProcess(value: unknown): value is RunningProcess {
  if (typeof value !== 'object' || value === null) return false;
  if (!('pid' in value && 'start' in value && 'fingerprint' in value)) return false;
  const { pid, start, fingerprint } = value;
  return (
    Number.isInteger(pid) && Number(pid) > 1 && typeof start === 'string' && typeof fingerprint === 'string'
  );
}
