import { realpath } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { Claims } from './claims.ts';
import { formatFileProblem, printable, type FileProblem } from './file-problem.ts';
import { listFolder, type ListedFile, type ListLimits } from './list-folder.ts';
import {
  parseManifests,
  type DocumentResult,
  type ManifestObject,
  type TextProblem,
} from './parse-manifests.ts';
import { readInside } from './read-file.ts';

export interface FolderLimits extends ListLimits {
  readonly maxFileBytes: number;
}

/** A line for the log. */
export interface Told {
  readonly level: 'error' | 'warn' | 'info';
  readonly message: string;
  readonly fields: object;
}

export interface ScanResult {
  /** Net, since the last scan. */
  readonly changes: readonly RowChange[];
  /** Only what is new since the last scan. */
  readonly told: readonly Told[];
  /** Set when something looked half done: look again so soon. */
  readonly againMs: number | undefined;
}

/** A file that vanishes is believed gone when it is still missing this much later: editors save by renaming twice. */
const goneAfterMs = 40;

/**
 * How long a file that somebody is writing, or has just emptied, keeps its last good version. Shorter shows half of a
 * slowly written file, as `kubectl get … > routes.yaml` writes one; longer delays emptying a file on purpose.
 */
const doubtMs = 2000;

/**
 * For so long a changed file is read again at every scan, whatever its times say: two writes within one tick of the
 * file system's clock, which may be as coarse as this, have the same times.
 */
const settleMs = 2000;

/** Pause before another look at what looked half done. */
const againMs = 50;

/** The state of one file. */
interface KnownFile {
  readonly name: string;
  stamp: string;
  /** Hash of the text that was read last, good or not; empty when it could not be read. */
  hash: string;
  changedMs: number;
  settled: boolean;
  doubtSinceMs: number | undefined;
  missingSinceMs: number | undefined;
  /** The objects in force. */
  objects: readonly ManifestObject[];
  documents: ReadonlyMap<string, DocumentResult>;
  /** Problems of the text that was read last. */
  problems: readonly FileProblem[];
}

/**
 * The manifests of one folder, file by file. What can be read of a file is in force, and a file takes nothing away while
 * some of its text cannot be read as an object.
 *
 * No time passes here but between the calls of `scan`, which must not overlap. A scan reads only files whose inode,
 * size or times have changed, and of those parses only the documents that have.
 */
export class ManifestFolder {
  readonly #directory: string;
  readonly #limits: FolderLimits;
  readonly #clock: Clock;
  readonly #files = new Map<string, KnownFile>();
  readonly #claims = new Claims();
  #listingProblems: readonly FileProblem[] = [];
  #told: Told[] = [];
  #again = false;

  constructor(directory: string, limits: FolderLimits, clock: Clock) {
    this.#directory = directory;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Brings everything up to date. Rejects, and changes nothing, when the folder itself cannot be read. */
  async scan(onDirectory: (path: string, inode: bigint) => void = () => {}): Promise<ScanResult> {
    this.#told = [];
    this.#again = false;
    const root = await realpath(this.#directory);
    const listing = await listFolder(root, this.#limits, onDirectory);
    this.#tellListing(listing.problems);
    for (const listed of listing.files) await this.#refresh(root, listed);
    const present = new Set(listing.files.map(({ name }) => name));
    for (const file of this.#files.values()) {
      if (!present.has(file.name) && !listing.unread.some((name) => isUnder(name, file.name))) {
        this.#expire(file);
      }
    }
    const { changes, conflicts } = this.#claims.settle();
    this.#tellConflicts(conflicts);
    return { changes, told: this.#told, againMs: this.#again ? againMs : undefined };
  }

  /** Everything that is wrong now, in order of the files. */
  problems(): FileProblem[] {
    const all = [...this.#listingProblems, ...this.#claims.conflicts];
    for (const file of this.#files.values()) all.push(...file.problems);
    return all.sort(byPlace);
  }

  apiVersionOf(key: ResourceKey): string | undefined {
    return this.#claims.apiVersionOf(key);
  }

  get apiVersions(): Map<ResourceKey, string> {
    return this.#claims.apiVersions;
  }

  async #refresh(root: string, listed: ListedFile): Promise<void> {
    const file = this.#fileOf(listed.name);
    if (file.missingSinceMs !== undefined) {
      file.missingSinceMs = undefined;
      this.#claims.setMissing(file.name, false, file.objects);
    }
    if (file.settled && file.stamp === listed.stamp) return;
    const content = await readInside(root, listed.path, this.#limits.maxFileBytes);
    if (content.kind === 'gone') {
      this.#again = true;
      return;
    }
    if (content.kind === 'refused') {
      file.settled = false;
      file.hash = '';
      this.#refuse(file, [wholeFile(file.name, content.message)]);
      return;
    }
    const nowMs = this.#clock.now();
    const doubtful = content.changing || (content.bytes.length === 0 && file.objects.length > 0);
    file.doubtSinceMs = doubtful ? (file.doubtSinceMs ?? nowMs) : undefined;
    if (file.doubtSinceMs !== undefined && nowMs - file.doubtSinceMs < doubtMs) {
      file.settled = false;
      this.#again = true;
      return;
    }
    if (file.stamp !== content.stamp) file.changedMs = nowMs;
    file.stamp = content.stamp;
    file.settled = nowMs - file.changedMs >= settleMs;
    const hash = contentHash(content.bytes);
    if (file.hash === hash) return;
    file.hash = hash;
    file.changedMs = nowMs;
    file.settled = false;
    await this.#read(file, content.bytes);
  }

  async #read(file: KnownFile, bytes: Uint8Array): Promise<void> {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.#refuse(file, [wholeFile(file.name, 'is not UTF-8 text')]);
      return;
    }
    const format = file.name.endsWith('.json') ? 'json' : 'yaml';
    const manifests = await parseManifests(text, format, file.documents, this.#clock);
    const { documents, problems, isWhole } = manifests;
    file.documents = documents;
    const found = problems.map((problem): FileProblem => withFile(problem, file.name));
    const kept = isWhole ? [] : without(file.objects, manifests.objects);
    const objects = [...manifests.objects, ...kept];
    const wasBroken = file.problems.some(isError);
    file.problems = found;
    this.#claims.replace(file.name, file.objects, objects);
    file.objects = objects;
    const first = found.find(isError) ?? found[0];
    if (first?.severity !== 'error' && wasBroken) this.#tell('info', `${printable(file.name)}: mended`);
    if (first === undefined) return;
    const fields = { more: found.length - 1, ...(kept.length > 0 ? { keptObjects: kept.length } : {}) };
    this.#tell(isError(first) ? 'error' : 'warn', formatFileProblem(first), fields);
  }

  /** The file's text is no good: says so once for each version of it, and leaves what is in force. */
  #refuse(file: KnownFile, problems: readonly FileProblem[]): void {
    const told = file.hash === '' && file.problems[0]?.message === problems[0]?.message;
    file.problems = problems;
    const errors = problems.filter(isError);
    const [first] = errors;
    if (told || first === undefined) return;
    const inForce = file.objects.length === 0 ? 'nothing of this file' : 'last good version';
    this.#tell('error', formatFileProblem(first), { more: errors.length - 1, inForce });
  }

  #expire(file: KnownFile): void {
    const nowMs = this.#clock.now();
    if (file.objects.length > 0) {
      if (file.missingSinceMs === undefined) {
        file.missingSinceMs = nowMs;
        this.#claims.setMissing(file.name, true, file.objects);
      }
      if (nowMs - file.missingSinceMs < goneAfterMs) {
        this.#again = true;
        return;
      }
      this.#claims.replace(file.name, file.objects, []);
      this.#claims.setMissing(file.name, false, []);
    }
    if (file.problems.some(isError)) this.#tell('info', `${printable(file.name)}: removed`);
    this.#files.delete(file.name);
  }

  #fileOf(name: string): KnownFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = {
        name,
        stamp: '',
        hash: '',
        changedMs: 0,
        settled: false,
        doubtSinceMs: undefined,
        missingSinceMs: undefined,
        objects: [],
        documents: new Map(),
        problems: [],
      };
      this.#files.set(name, file);
    }
    return file;
  }

  #tellListing(problems: readonly FileProblem[]): void {
    const known = new Set(this.#listingProblems.map(formatFileProblem));
    this.#listingProblems = problems;
    this.#tellFirst(problems.map(formatFileProblem).filter((line) => !known.has(line)));
  }

  #tellConflicts(conflicts: readonly FileProblem[]): void {
    this.#tellFirst(conflicts.toSorted(byPlace).map(formatFileProblem));
  }

  /** A folder in disorder must not flood the log; `problems` has them all. */
  #tellFirst(lines: readonly string[]): void {
    for (const line of lines.slice(0, 10)) this.#tell('error', line);
    if (lines.length > 10) this.#tell('error', `and ${lines.length - 10} more problems of this kind`);
  }

  #tell(level: Told['level'], message: string, fields: object = {}): void {
    this.#told.push({ level, message, fields });
  }
}

function isError(problem: FileProblem): boolean {
  return problem.severity === 'error';
}

function withFile({ severity, position, object, path, message }: TextProblem, file: string): FileProblem {
  return { severity, file, position, object, path, message };
}

/**
 * The objects that the file had and has no more, as far as can be seen: while some text of it is no object, it may be one of
 * them. Told by their names, as a document that cannot be read has none, and its place is another when one before it is new.
 */
function without(before: readonly ManifestObject[], after: readonly ManifestObject[]): ManifestObject[] {
  const there = new Set(after.map(({ row }) => row.key));
  return before.filter(({ row }) => !there.has(row.key));
}

function isUnder(directory: string, name: string): boolean {
  return directory === '' || name === directory || name.startsWith(`${directory}/`);
}

function wholeFile(file: string, message: string): FileProblem {
  return { severity: 'error', file, position: undefined, object: undefined, path: '', message };
}

function byPlace(a: FileProblem, b: FileProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (
    (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0)
  );
}
