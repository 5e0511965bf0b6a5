import { readFileSync, truncateSync } from 'node:fs';

/** Where a traced program notes its calls. Whoever starts it makes the file. */
export const callsFile = process.env['CALLS_FILE'] ?? '/dev/null';

/** Steps of all threads since `forgetCalls`, in the order of their calls. */
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
