import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { fileProblem, type FileProblem } from './file-problem.ts';

export interface ListedFile {
  readonly name: string;
  /** Real path, inside the folder's own real path. */
  readonly path: string;
  /** Equal while the file is not touched. */
  readonly stamp: string;
}

export interface FolderListing {
  readonly files: readonly ListedFile[];
  readonly problems: readonly FileProblem[];
  /** Names of entries that could not be read: they may hold anything. Empty name: the whole folder. */
  readonly unread: readonly string[];
}

export interface ListLimits {
  readonly maxFiles: number;
  /** Names of files that belong to others. */
  readonly ignore: readonly string[];
  /** Reads only this file at the top of the folder, whatever its name. */
  readonly only?: string;
}

const maxEntries = 200_000;
const maxDepth = 32;

/** Concurrent `stat` calls: enough for the four threads of the pool. */
const statsAtOnce = 16;

/**
 * Lists the manifests of a folder: regular files `*.yaml`, `*.yml` and `*.json`, at any depth. Skips names with a
 * leading dot, which belong to editors and version control. Follows a symbolic link only to a place inside, as in a
 * mounted ConfigMap. `onDirectory` is called before a directory is read, so that a watch set up there misses nothing.
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

/** Returns a value that changes when a file is written, replaced or touched. */
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
  /** Real paths: links may form a circle. */
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
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink() || this.#isManifest(entry.name))
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (name === '') throw error;
      this.unread.push(name);
      this.#report(name, `cannot be read: ${failureText(error)}`);
      return [];
    }
  }

  async #look(
    name: string,
    place: string,
  ): Promise<{ readonly name: string; readonly path: string } | undefined> {
    try {
      const path = await realpath(place);
      if (!isInside(this.root, path)) {
        if (this.#isManifest(name)) this.#report(name, 'leads out of the folder and is not read');
        return undefined;
      }
      const stats = await stat(path, { bigint: true });
      if (stats.isDirectory()) return { name, path };
      if (!this.#isManifest(name)) return undefined;
      if (!stats.isFile()) this.#report(name, 'is not a regular file and is not read');
      else if (this.files.length < this.#limits.maxFiles)
        this.files.push({ name, path, stamp: stampOf(stats) });
      else if (this.files.length === this.#limits.maxFiles) this.#tooMany();
    } catch (error) {
      // Removed since the directory was read, or a link to nothing.
      if (!this.#isManifest(name) || failureText(error) === 'ENOENT') return undefined;
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

  #isManifest(name: string): boolean {
    const last = name.slice(name.lastIndexOf('/') + 1);
    if (this.#limits.only !== undefined) return last === this.#limits.only;
    return isManifestName(last) && !this.#limits.ignore.includes(last);
  }

  #report(file: string, message: string): void {
    this.problems.push(fileProblem(file, message));
  }
}
