import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of the processes in milliseconds, user and system, of all threads, with those that have ended. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + statCpuMs(`/proc/${pid}/stat`), 0);
}

/** CPU time of the first thread alone, to the nanosecond; Envoy's takes updates, and its workers serve requests. */
export function mainThreadCpuMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

export interface Memory {
  readonly residentMiB: number;
  /** Shared pages are divided among the processes that have them. */
  readonly proportionalMiB: number;
}

export function memory(pids: readonly number[]): Memory {
  const kilobytes = { Rss: 0, Pss: 0 };
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    for (const name of ['Rss', 'Pss'] as const)
      kilobytes[name] += Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  }
  return { residentMiB: kilobytes.Rss / 1024, proportionalMiB: kilobytes.Pss / 1024 };
}

/** Most memory that the processes have had since they began, or since `clearPeak`. */
export function peakMiB(pids: readonly number[]): number {
  const peaks = pids.map((pid) =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
  );
  return peaks.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1024;
}

/** The processes and all that they have started, of those that still run. */
export function withChildren(pids: readonly number[]): number[] {
  const found = new Set<number>();
  const add = (pid: number): void => {
    if (found.has(pid)) return;
    try {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
        found.add(pid);
        for (const child of children.split(' ')) if (child !== '') add(Number(child));
      }
    } catch {
      // It has ended between two reads.
    }
  };
  for (const pid of pids) add(pid);
  return [...found];
}

function statCpuMs(file: string): number {
  const text = readFileSync(file, 'utf8');
  // The name of the program, in parentheses, may have spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** `sysconf(_SC_CLK_TCK)` of Linux is 100. */
const msPerTick = 10;
