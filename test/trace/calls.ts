import { readFileSync, truncateSync } from 'node:fs';

/** The file exists before the traced program starts. */
export const callsFile = process.env['CALLS_FILE'] ?? '/dev/null';

/** Calls of all threads since `forgetCalls`, in order. */
export function allCalls(): string[] {
  const calls = readFileSync(callsFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string])
    .sort(([a], [b]) => Number(BigInt(a) - BigInt(b)));
  return calls.map(([, step]) => step);
}

export function forgetCalls(): void {
  truncateSync(callsFile);
}
