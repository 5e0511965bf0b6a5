import type { ObservedStatus } from '../kinds/observed-status.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import type { StatusBackOff } from './status-writer-ports.ts';

/** One object that the API server has. */
export interface StatusEntry {
  observed: ObservedStatus;
  /** The wanted status that the observed one has been found to be equal to, and the controller's name then. */
  agreed: { readonly text: string | undefined; readonly by: string } | undefined;
  /** When the object was first known to need a look, which it has not had since; undefined: it needs none. */
  dirtySince: number | undefined;
  isWriting: boolean;
  /** When the last write began. */
  writtenMs: number;
  notBeforeMs: number;
  /** Set while writes fail. */
  failing: { readonly pace: 'fast' | 'slow'; readonly backOff: StatusBackOff; logged: string } | undefined;
}

export function newEntry(observed: ObservedStatus): StatusEntry {
  return {
    observed,
    agreed: undefined,
    dirtySince: undefined,
    isWriting: false,
    writtenMs: -Infinity,
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

/** Versions that cannot be compared come in order. */
export function isNewer(a: ObservedStatus, b: ObservedStatus): boolean {
  return (compareVersions(a.resourceVersion, b.resourceVersion) ?? 1) > 0;
}
