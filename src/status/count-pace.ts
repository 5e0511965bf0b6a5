import { isDeepStrictEqual } from 'node:util';
import { asObject, asObjects, type JsonObject } from './json-object.ts';
import type { StatusEntry } from './status-entry.ts';
import type { StatusPatch } from './status-patch.ts';

/** Largest factor of the interval, as a power of two. Longer saves writes of a long load, shorter shows its progress. */
const maxDoublings = 4;

/** A count that has not changed for so long is written within an interval of its last change, with time for the write. */
function settledMs(intervalMs: number): number {
  return (intervalMs * 3) / 4;
}

/**
 * Returns the time from which the patch may be written, on the clock of the entry. Counts of attached routes and
 * ListenerSets that go on changing, as while routes are created, are written at growing intervals, or when they have settled.
 */
export function dueMs(entry: StatusEntry, patch: StatusPatch, intervalMs: number): number {
  const { notBeforeMs, writtenMs, changedMs, countWrites } = entry;
  if (!hasOnlyNewCounts(patch, entry)) return notBeforeMs;
  return Math.max(
    notBeforeMs,
    Math.min(changedMs + settledMs(intervalMs), writtenMs + intervalMs * 2 ** countWrites),
  );
}

/** Call it when the patch is written. */
export function noteWrite(entry: StatusEntry, patch: StatusPatch, intervalMs: number, nowMs: number): void {
  const isGoingOn = nowMs < entry.changedMs + settledMs(intervalMs) && hasOnlyNewCounts(patch, entry);
  entry.countWrites = isGoingOn ? Math.min(entry.countWrites + 1, maxDoublings) : 0;
  entry.writtenMs = nowMs;
}

function hasOnlyNewCounts({ status }: StatusPatch, { observed }: StatusEntry): boolean {
  const { listeners, attachedListenerSets, ...others } = status;
  if (Object.keys(others).length > 0 || observed.status === undefined) return false;
  if (listeners === undefined) return typeof attachedListenerSets === 'number';
  const before = asObject(JSON.parse(observed.status))['listeners'];
  return isDeepStrictEqual(withoutCounts(before), withoutCounts(listeners));
}

function withoutCounts(listeners: unknown): JsonObject[] {
  return asObjects(listeners).map((listener) => ({ ...listener, attachedRoutes: 0 }));
}
