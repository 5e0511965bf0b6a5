import { watch, type FSWatcher } from 'node:fs';

/** A kernel has some thousands of watches for all its users; what is beyond is found by the periodic rescan. */
const maxWatches = 1024;

/**
 * Says that something may have changed in one of the directories. Only a trigger: an event that is lost, merged or
 * made up costs a rescan, and never an update.
 *
 * One watch for each directory and none for files, which a recursive `fs.watch` has on Linux.
 */
export class FolderWatch {
  readonly #onEvent: () => void;
  /** By real path and inode, since a directory that was replaced needs a new watch. */
  readonly #watchers = new Map<string, FSWatcher>();
  #seen = new Set<string>();

  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** The directory is there; call it before reading the directory. */
  see(path: string, inode: bigint): void {
    const key = `${inode} ${path}`;
    this.#seen.add(key);
    if (this.#watchers.has(key) || this.#watchers.size >= maxWatches) return;
    try {
      const watcher = watch(path, { persistent: false }, this.#onEvent);
      watcher.on('error', () => this.#drop(key));
      this.#watchers.set(key, watcher);
    } catch {
      // No watches left, or a file system without them: the periodic rescan does it alone.
    }
  }

  /** Ends the watches on all directories not seen since the last call. */
  prune(): void {
    for (const key of this.#watchers.keys()) if (!this.#seen.has(key)) this.#drop(key);
    this.#seen = new Set();
  }

  close(): void {
    for (const key of this.#watchers.keys()) this.#drop(key);
  }

  #drop(key: string): void {
    this.#watchers.get(key)?.close();
    this.#watchers.delete(key);
  }
}
