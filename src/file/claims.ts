import type { ResourceKey } from '../lib/key.ts';
import type { Row, RowChange } from '../kinds/row.ts';
import { printable, type FileProblem, type Place } from './file-problem.ts';
import type { ManifestObject } from './parse-manifests.ts';

interface Claim {
  readonly file: string;
  readonly index: number;
  readonly object: ManifestObject;
}

interface Winner {
  readonly row: Row;
  readonly apiVersion: string;
}

/**
 * Finds the file of each object, and the net changes of a scan: an object that moves to another file is no change. Of
 * two files with the same object the first by name wins, and within a file the first object; the rest are problems.
 */
export class Claims {
  readonly #claims = new Map<ResourceKey, Claim[]>();
  readonly #winners = new Map<ResourceKey, Winner>();
  readonly #conflicts = new Map<ResourceKey, FileProblem>();
  /** Files that are missing, but may return in a moment. They keep objects that no other file has. */
  readonly #missing = new Set<string>();
  readonly #touched = new Set<ResourceKey>();

  replace(file: string, before: readonly ManifestObject[], after: readonly ManifestObject[]): void {
    for (const { row } of before) {
      const rest = this.#claims.get(row.key)?.filter((claim) => claim.file !== file) ?? [];
      if (rest.length === 0) this.#claims.delete(row.key);
      else this.#claims.set(row.key, rest);
      this.#touched.add(row.key);
    }
    for (const [index, object] of after.entries()) {
      const { key } = object.row;
      const claims = this.#claims.get(key);
      if (claims === undefined) this.#claims.set(key, [{ file, index, object }]);
      else claims.push({ file, index, object });
      this.#touched.add(key);
    }
  }

  setMissing(file: string, missing: boolean, objects: readonly ManifestObject[]): void {
    if (missing === this.#missing.has(file)) return;
    if (missing) this.#missing.add(file);
    else this.#missing.delete(file);
    for (const { row } of objects) this.#touched.add(row.key);
  }

  settle(): { readonly changes: RowChange[]; readonly conflicts: FileProblem[] } {
    const changes: RowChange[] = [];
    const conflicts: FileProblem[] = [];
    for (const key of this.#touched) {
      const claims = this.#claims.get(key) ?? [];
      claims.sort((a, b) => this.#compare(a, b));
      const [first] = claims;
      const before = this.#winners.get(key);
      if (first === undefined) {
        this.#winners.delete(key);
        if (before !== undefined) changes.push({ kind: 'delete', key });
      } else {
        const { row, apiVersion } = first.object;
        this.#winners.set(key, { row, apiVersion });
        if (before === undefined || Buffer.compare(before.row.bytes, row.bytes) !== 0) {
          changes.push({ kind: 'put', row });
        }
      }
      const conflict = this.#conflictAmong(claims);
      const known = this.#conflicts.get(key);
      if (conflict === undefined) this.#conflicts.delete(key);
      else {
        this.#conflicts.set(key, conflict);
        if (known?.file !== conflict.file || known.message !== conflict.message) conflicts.push(conflict);
      }
    }
    this.#touched.clear();
    return { changes, conflicts };
  }

  get conflicts(): IterableIterator<FileProblem> {
    return this.#conflicts.values();
  }

  apiVersionOf(key: ResourceKey): string | undefined {
    return this.#winners.get(key)?.apiVersion;
  }

  /** Returns the place of the object that is in force. */
  placeOf(key: ResourceKey): Place | undefined {
    const [first] = this.#claims.get(key) ?? [];
    return first === undefined ? undefined : { file: first.file, position: first.object.position };
  }

  get apiVersions(): Map<ResourceKey, string> {
    return new Map([...this.#winners].map(([key, { apiVersion }]) => [key, apiVersion]));
  }

  #compare(a: Claim, b: Claim): number {
    const missing = Number(this.#missing.has(a.file)) - Number(this.#missing.has(b.file));
    if (missing !== 0) return missing;
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.index - b.index;
  }

  #conflictAmong([first, second]: readonly Claim[]): FileProblem | undefined {
    if (first === undefined || second === undefined || this.#missing.has(second.file)) return undefined;
    const place = `${printable(first.file)}:${first.object.position.line}`;
    return {
      severity: 'error',
      file: second.file,
      position: second.object.position,
      object: second.object.row.key,
      path: '',
      message: `is also in ${place}, which is the one in force: remove one of the two, or rename it`,
    };
  }
}
