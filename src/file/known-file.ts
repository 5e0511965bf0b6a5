import type { FileProblem } from './file-problem.ts';
import type { DocumentResult, ManifestObject } from './parse-manifests.ts';

/** A file of a folder, as it was read last. */
export interface KnownFile {
  readonly name: string;
  /** Real path. */
  path: string;
  stamp: string;
  /** Hash of the last text, good or not; empty when it could not be read. */
  hash: string;
  changedMs: number;
  isSettled: boolean;
  doubtSinceMs: number | undefined;
  missingSinceMs: number | undefined;
  objects: readonly ManifestObject[];
  documents: ReadonlyMap<string, DocumentResult>;
  problems: readonly FileProblem[];
}

export function newFile(name: string): KnownFile {
  return {
    name,
    path: '',
    stamp: '',
    hash: '',
    changedMs: 0,
    isSettled: false,
    doubtSinceMs: undefined,
    missingSinceMs: undefined,
    objects: [],
    documents: new Map(),
    problems: [],
  };
}
