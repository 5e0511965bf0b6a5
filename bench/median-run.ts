import { must } from '../src/lib/assert.ts';
import type { RunFigures } from './pipeline-run.ts';

export function medianRun(runs: readonly RunFigures[]): RunFigures {
  return medianOf(runs) as RunFigures;
}

function medianOf(values: readonly unknown[]): unknown {
  const first = must(values[0], 'a run');
  if (typeof first === 'number') {
    const sorted = values.map(Number).sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  }
  if (typeof first !== 'object' || first === null) return first;
  const names = Object.keys(first);
  return Object.fromEntries(
    names.map((name) => [name, medianOf(values.map((value) => fieldOf(value, name)))]),
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
