import { move } from 'piscina';
import { decodeBatch } from '../../../src/batch/translate-batch.ts';
import { translateBatch } from '../../../src/translate/translate-batch.ts';
import { unitKind } from '../../../src/units/unit.ts';

/**
 * Fails when a unit's name or a row has `fault-throw`, `fault-exit`, `fault-memory` or `fault-spin`. With `-in-KIND`
 * behind it, only a batch with a unit of that kind fails.
 */
export function translate(batch: Uint8Array): unknown {
  const fault = faultIn(batch);
  if (fault !== undefined) endBy(fault);
  return move(translateBatch(batch));
}

function faultIn(bytes: Uint8Array): string | undefined {
  const batch = decodeBatch(bytes);
  const rows = [...batch.positions.values()].map((position) =>
    Buffer.from(batch.row(position) ?? []).toString(),
  );
  const text = [...batch.units, ...rows].join('\n');
  const [, fault, kind] = /fault-(throw|exit|memory|spin)(?:-in-(\w+))?/.exec(text) ?? [];
  return kind === undefined || batch.units.some((unit) => unitKind(unit) === kind) ? fault : undefined;
}

function endBy(fault: string): void {
  const hoard: number[][] = [];
  if (fault === 'throw') throw new Error('fault-throw');
  if (fault === 'exit') process.exit(3);
  for (;;) {
    if (fault === 'memory') hoard.push(Array.from({ length: 100_000 }, (_, i) => i + hoard.length));
  }
}
