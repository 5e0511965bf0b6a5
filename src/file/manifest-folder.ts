import { realpath } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { Claims } from './claims.ts';
import {
  byPlace,
  fileProblem,
  formatFileProblem,
  isError,
  printable,
  type FileProblem,
  type Place,
} from './file-problem.ts';
import { listFolder, type ListedFile, type ListLimits } from './list-folder.ts';
import { newFile, type KnownFile } from './known-file.ts';
import { locateField } from './locate-field.ts';
import { parseManifests, type ManifestObject, type TextProblem } from './parse-manifests.ts';
import { readInside } from './read-file.ts';

export interface FolderLimits extends ListLimits {
  readonly maxFileBytes: number;
}

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info';
  readonly message: string;
  readonly fields: object;
}

export interface ScanResult {
  readonly changes: readonly RowChange[];
  readonly logLines: readonly LogLine[];
  /** Set when a file looked half written: time to the next scan. */
  readonly againMs: number | undefined;
}

/** An editor saves by renaming twice, so a missing file counts as removed after this time. */
const removedAfterMs = 40;

/**
 * A file that is being written or was emptied keeps its last good version for this time. Shorter shows half of a slowly
 * written file, as by `kubectl get … > routes.yaml`; longer delays emptying a file on purpose.
 */
const doubtMs = 2000;

/**
 * A changed file is read again at every scan for this time: two writes within one tick of the file system's clock,
 * which may be this coarse, have the same times.
 */
const settleMs = 2000;

const againMs = 50;

/**
 * Keeps the manifests of one folder, file by file. Readable objects of a file are in force, and no object is removed
 * while a part of the file cannot be read. Scans must not overlap. A scan reads only files whose inode, size or times
 * have changed, and parses only their changed documents.
 */
export class ManifestFolder {
  readonly #directory: string;
  readonly #limits: FolderLimits;
  readonly #clock: Clock;
  readonly #files = new Map<string, KnownFile>();
  readonly #claims = new Claims();
  #listingProblems: readonly FileProblem[] = [];
  #logLines: LogLine[] = [];
  #again = false;

  constructor(directory: string, limits: FolderLimits, clock: Clock) {
    this.#directory = directory;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Scans the folder. Rejects, and changes nothing, when the folder itself cannot be read. */
  async scan(onDirectory: (path: string, inode: bigint) => void = () => {}): Promise<ScanResult> {
    this.#logLines = [];
    this.#again = false;
    const root = await realpath(this.#directory);
    const listing = await listFolder(root, this.#limits, onDirectory);
    this.#logListing(listing.problems);
    for (const listed of listing.files) await this.#refresh(root, listed);
    const present = new Set(listing.files.map(({ name }) => name));
    for (const file of this.#files.values()) {
      if (!present.has(file.name) && !listing.unread.some((name) => isUnder(name, file.name))) {
        this.#expire(file);
      }
    }
    const { changes, conflicts } = this.#claims.settle();
    this.#logConflicts(conflicts);
    return { changes, logLines: this.#logLines, againMs: this.#again ? againMs : undefined };
  }

  problems(): FileProblem[] {
    const all = [...this.#listingProblems, ...this.#claims.conflicts];
    for (const file of this.#files.values()) all.push(...file.problems);
    return all.sort(byPlace);
  }

  /**
   * Finds the place of a field of an object that is in force; undefined: no file has the object. Reads the file again, as
   * the text is not kept; where it has changed or cannot be read, the place is that of the object.
   */
  async placeOf(key: ResourceKey, path: string): Promise<Place | undefined> {
    const place = this.#claims.placeOf(key);
    const file = place && this.#files.get(place.file);
    if (place === undefined || file === undefined) return undefined;
    const root = await realpath(this.#directory).catch(() => '');
    const content = await readInside(root, file.path, this.#limits.maxFileBytes);
    if (content.kind !== 'read' || contentHash(content.bytes) !== file.hash) return place;
    const text = new TextDecoder().decode(content.bytes);
    return {
      ...place,
      position: locateField(text, formatOf(file.name), key, place.position, path) ?? place.position,
    };
  }

  apiVersionOf(key: ResourceKey): string | undefined {
    return this.#claims.apiVersionOf(key);
  }

  get apiVersions(): Map<ResourceKey, string> {
    return this.#claims.apiVersions;
  }

  async #refresh(root: string, listed: ListedFile): Promise<void> {
    const file = this.#fileOf(listed.name);
    file.path = listed.path;
    if (file.missingSinceMs !== undefined) {
      file.missingSinceMs = undefined;
      this.#claims.setMissing(file.name, false, file.objects);
    }
    if (file.isSettled && file.stamp === listed.stamp) return;
    const content = await readInside(root, listed.path, this.#limits.maxFileBytes);
    if (content.kind === 'missing') {
      this.#again = true;
      return;
    }
    if (content.kind === 'refused') {
      file.isSettled = false;
      file.hash = '';
      this.#refuse(file, [fileProblem(file.name, content.message)]);
      return;
    }
    const nowMs = this.#clock.now();
    const isDoubtful = content.isChanging || (content.bytes.length === 0 && file.objects.length > 0);
    file.doubtSinceMs = isDoubtful ? (file.doubtSinceMs ?? nowMs) : undefined;
    if (file.doubtSinceMs !== undefined && nowMs - file.doubtSinceMs < doubtMs) {
      file.isSettled = false;
      this.#again = true;
      return;
    }
    if (file.stamp !== content.stamp) file.changedMs = nowMs;
    file.stamp = content.stamp;
    file.isSettled = nowMs - file.changedMs >= settleMs;
    const hash = contentHash(content.bytes);
    if (file.hash === hash) return;
    file.hash = hash;
    file.changedMs = nowMs;
    file.isSettled = false;
    await this.#read(file, content.bytes);
  }

  async #read(file: KnownFile, bytes: Uint8Array): Promise<void> {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.#refuse(file, [fileProblem(file.name, 'is not UTF-8 text')]);
      return;
    }
    const manifests = await parseManifests(text, formatOf(file.name), file.documents, this.#clock);
    const { documents, problems, isWhole } = manifests;
    file.documents = documents;
    const found = problems.map((problem): FileProblem => withFile(problem, file.name));
    const kept = isWhole ? [] : without(file.objects, manifests.objects);
    const objects = [...manifests.objects, ...kept];
    const before = file.problems;
    file.problems = found;
    this.#claims.replace(file.name, file.objects, objects);
    file.objects = objects;
    this.#logRead(file, before, kept.length);
  }

  /** Logs the first error of each version of the text, and warnings that the last version did not have. */
  #logRead({ name, problems }: KnownFile, before: readonly FileProblem[], kept: number): void {
    if (before.some(isError) && !problems.some(isError))
      this.#log('info', `${printable(name)}: can be read again`);
    const known = new Set(before.map(withoutPlace));
    const found = problems.filter((problem) => isError(problem) || !known.has(withoutPlace(problem)));
    const first = found.find(isError) ?? found[0];
    if (first === undefined) return;
    const more = found.length === 1 ? '' : `; ${found.length - 1} more in this file`;
    const inForce = kept === 0 ? '' : `; what cannot be read stays in force as it was (${kept})`;
    this.#log(isError(first) ? 'error' : 'warn', `${formatFileProblem(first)}${more}${inForce}`);
  }

  /** Keeps the file's objects, and logs the problem once for each version of the file. */
  #refuse(file: KnownFile, problems: readonly FileProblem[]): void {
    const isKnown = file.hash === '' && file.problems[0]?.message === problems[0]?.message;
    file.problems = problems;
    const first = problems.find(isError);
    if (isKnown || first === undefined) return;
    const inForce = file.objects.length === 0 ? '' : '; its last good version stays in force';
    this.#log('error', `${formatFileProblem(first)}${inForce}`);
  }

  #expire(file: KnownFile): void {
    const nowMs = this.#clock.now();
    if (file.objects.length > 0) {
      if (file.missingSinceMs === undefined) {
        file.missingSinceMs = nowMs;
        this.#claims.setMissing(file.name, true, file.objects);
      }
      if (nowMs - file.missingSinceMs < removedAfterMs) {
        this.#again = true;
        return;
      }
      this.#claims.replace(file.name, file.objects, []);
      this.#claims.setMissing(file.name, false, []);
    }
    if (file.problems.some(isError)) this.#log('info', `${printable(file.name)}: removed`);
    this.#files.delete(file.name);
  }

  #fileOf(name: string): KnownFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = newFile(name);
      this.#files.set(name, file);
    }
    return file;
  }

  #logListing(problems: readonly FileProblem[]): void {
    const known = new Set(this.#listingProblems.map(formatFileProblem));
    this.#listingProblems = problems;
    this.#logFirst(problems.map(formatFileProblem).filter((line) => !known.has(line)));
  }

  #logConflicts(conflicts: readonly FileProblem[]): void {
    this.#logFirst(conflicts.toSorted(byPlace).map(formatFileProblem));
  }

  /** Bounds the log for a folder in disorder; `problems` has all lines. */
  #logFirst(lines: readonly string[]): void {
    for (const line of lines.slice(0, 10)) this.#log('error', line);
    if (lines.length > 10) this.#log('error', `and ${lines.length - 10} more problems of this kind`);
  }

  #log(level: LogLine['level'], message: string, fields: object = {}): void {
    this.#logLines.push({ level, message, fields });
  }
}

function formatOf(name: string): 'json' | 'yaml' {
  return name.endsWith('.json') ? 'json' : 'yaml';
}

function withFile({ severity, position, object, path, message }: TextProblem, file: string): FileProblem {
  return { severity, file, position, object, path, message };
}

/**
 * Returns objects missing in the new text, any of which may be the unreadable part. Compared by name: a document that
 * cannot be read has none, and places move.
 */
function without(before: readonly ManifestObject[], after: readonly ManifestObject[]): ManifestObject[] {
  const there = new Set(after.map(({ row }) => row.key));
  return before.filter(({ row }) => !there.has(row.key));
}

/** Places move with every line that is added above. */
function withoutPlace({ object, path, message }: FileProblem): string {
  return `${object ?? ''} ${path} ${message}`;
}

function isUnder(directory: string, name: string): boolean {
  return directory === '' || name === directory || name.startsWith(`${directory}/`);
}
