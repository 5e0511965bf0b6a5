import type { ObservedStatus } from '../kinds/observed-status.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import type { StatusBackOff } from './status-writer-ports.ts';

export interface StatusEntry {
  observed: ObservedStatus;
  /** Wanted status, and controller's name, that the observed status is known to be equal to. */
  agreed: { readonly text: string | undefined; readonly by: string } | undefined;
  /** Time since which the object has to be compared; undefined: it need not. */
  dirtySince: number | undefined;
  isWriting: boolean;
  writtenMs: number;
  /** Time at which the wanted or the observed status last may have changed. */
  changedMs: number;
  /** Writes of counts in a row after each of which the counts went on changing; see `dueMs`. */
  countWrites: number;
  notBeforeMs: number;
  failing: { readonly pace: 'fast' | 'slow'; readonly backOff: StatusBackOff; logged: string } | undefined;
}

export function newEntry(observed: ObservedStatus): StatusEntry {
  return {
    observed,
    agreed: undefined,
    dirtySince: undefined,
    isWriting: false,
    writtenMs: -Infinity,
    changedMs: -Infinity,
    countWrites: 0,
    notBeforeMs: -Infinity,
    failing: undefined,
  };
}

export function observe(entry: StatusEntry, observed: ObservedStatus): void {
  const { status, generation, writer } = entry.observed;
  const isSame =
    status === observed.status && generation === observed.generation && writer === observed.writer;
  if (!isSame) entry.agreed = undefined;
  entry.observed = observed;
}

/** Compares versions; those that cannot be compared come in order. */
export function isNewer(a: ObservedStatus, b: ObservedStatus): boolean {
  return (compareVersions(a.resourceVersion, b.resourceVersion) ?? 1) > 0;
}
