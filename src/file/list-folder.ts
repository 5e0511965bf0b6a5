import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { failureText } from '../lib/failure.ts';
import type { FileProblem } from './file-problem.ts';

export interface ListedFile {
  /** Path inside the folder, with `/` between its parts. */
  readonly name: string;
  /** Where it really is, inside the folder's own real path. */
  readonly path: string;
  /** Equal for a file that has not been touched. */
  readonly stamp: string;
}

export interface FolderListing {
  /** In order of their names. */
  readonly files: readonly ListedFile[];
  readonly problems: readonly FileProblem[];
  /** Names of what could not be read: nothing is known about it or what is in it. Empty name: the whole folder. */
  readonly unread: readonly string[];
}

export interface ListLimits {
  readonly maxFiles: number;
  /** Files with these names are somebody else's. */
  readonly ignore: readonly string[];
  /** This one file at the top of the folder, whatever its name, and nothing else. */
  readonly only?: string;
}

/** Bounds a walk through a folder that was never meant for us. */
const maxEntries = 200_000;
const maxDepth = 32;

/** How many `stat` calls are under way at once: enough for the four threads that do them. */
const statsAtOnce = 16;

/**
 * Lists the manifests of a folder: regular files `*.yaml`, `*.yml` and `*.json`, at any depth. Names that start with a
 * dot are skipped, which are editors' and version control's.
 *
 * Nothing outside the folder is ever looked into: a symbolic link counts only when it leads to a place inside, as
 * those of a mounted ConfigMap do. `onDirectory` is called before a directory is read, so that a watch set up there
 * misses nothing.
 */
export async function listFolder(
  root: string,
  limits: ListLimits,
  onDirectory: (path: string, inode: bigint) => void,
): Promise<FolderListing> {
  const walk = new Walk(await realpath(root), limits, onDirectory);
  await walk.directory('', walk.root, 0);
  walk.files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return walk;
}

/** Stamp of a file's version: what changes when anybody writes, replaces or touches it. */
export function stampOf(stats: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}

export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function isManifestName(name: string): boolean {
  return /^[^.].*\.(yaml|yml|json)$/s.test(name);
}

class Walk implements FolderListing {
  readonly root: string;
  readonly files: ListedFile[] = [];
  readonly problems: FileProblem[] = [];
  readonly unread: string[] = [];
  readonly #limits: ListLimits;
  readonly #onDirectory: (path: string, inode: bigint) => void;
  /** Real paths, so that links cannot lead in a circle. */
  readonly #visited = new Set<string>();
  #entries = 0;

  constructor(root: string, limits: ListLimits, onDirectory: (path: string, inode: bigint) => void) {
    this.root = root;
    this.#limits = limits;
    this.#onDirectory = onDirectory;
  }

  async directory(name: string, path: string, depth: number): Promise<void> {
    if (this.#visited.has(path)) return;
    this.#visited.add(path);
    if (depth > maxDepth) {
      this.#report(name, `is more than ${maxDepth} directories deep and is not read`);
      return;
    }
    const entries = await this.#entriesOf(name, path);
    for (let i = 0; i < entries.length; i += statsAtOnce) {
      const some = entries.slice(i, i + statsAtOnce);
      const directories = await Promise.all(
        some.map((entry) => this.#look(name === '' ? entry : `${name}/${entry}`, join(path, entry))),
      );
      for (const directory of directories) {
        if (directory !== undefined) await this.directory(directory.name, directory.path, depth + 1);
      }
    }
  }

  async #entriesOf(name: string, path: string): Promise<string[]> {
    try {
      const { ino } = await stat(path, { bigint: true });
      this.#onDirectory(path, ino);
      const entries = await readdir(path, { withFileTypes: true });
      this.#entries += entries.length;
      if (this.#entries > maxEntries) throw new Error(`more than ${maxEntries} directory entries`);
      const { only } = this.#limits;
      if (only !== undefined) return entries.some((entry) => entry.name === only) ? [only] : [];
      return entries
        .filter((entry) => !entry.name.startsWith('.'))
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink() || this.#isOurs(entry.name))
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      // Without its top there is no folder, and the caller must hear of it.
      if (name === '') throw error;
      this.unread.push(name);
      this.#report(name, `cannot be read: ${failureText(error)}`);
      return [];
    }
  }

  /** Adds a file to the list; returns a directory to go into. */
  async #look(
    name: string,
    place: string,
  ): Promise<{ readonly name: string; readonly path: string } | undefined> {
    try {
      const path = await realpath(place);
      if (!isInside(this.root, path)) {
        if (this.#isOurs(name)) this.#report(name, 'leads out of the folder and is not read');
        return undefined;
      }
      const stats = await stat(path, { bigint: true });
      if (stats.isDirectory()) return { name, path };
      if (!this.#isOurs(name)) return undefined;
      if (!stats.isFile()) this.#report(name, 'is not a regular file and is not read');
      else if (this.files.length < this.#limits.maxFiles)
        this.files.push({ name, path, stamp: stampOf(stats) });
      else if (this.files.length === this.#limits.maxFiles) this.#tooMany();
    } catch (error) {
      // Gone since the directory was read, or a link to nothing: not there, like any other file that is not there.
      if (!this.#isOurs(name) || failureText(error) === 'ENOENT') return undefined;
      this.unread.push(name);
      this.#report(name, `cannot be read: ${failureText(error)}`);
    }
    return undefined;
  }

  #tooMany(): void {
    if (this.unread.includes('')) return;
    this.unread.push('');
    this.#report('.', `holds more than ${this.#limits.maxFiles} files; the rest are not read`);
  }

  #isOurs(name: string): boolean {
    const last = name.slice(name.lastIndexOf('/') + 1);
    if (this.#limits.only !== undefined) return last === this.#limits.only;
    return isManifestName(last) && !this.#limits.ignore.includes(last);
  }

  #report(file: string, message: string): void {
    this.problems.push({
      severity: 'error',
      file,
      position: undefined,
      object: undefined,
      path: '',
      message,
    });
  }
}
