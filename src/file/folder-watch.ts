import { watch, type FSWatcher } from 'node:fs';

/** The kernel has some thousands of watches for all users. Other directories are found by the periodic scan. */
const maxWatches = 1024;

/**
 * Calls `onEvent` when a directory may have changed. It has one watch for each directory and none for files: a
 * recursive `fs.watch` has one for each on Linux.
 */
export class FolderWatch {
  readonly #onEvent: () => void;
  /** Keyed by inode and real path: a directory that was replaced needs a new watch. */
  readonly #watchers = new Map<string, FSWatcher>();
  #seen = new Set<string>();

  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** Watches a directory; call it before the directory is read. */
  see(path: string, inode: bigint): void {
    const key = `${inode} ${path}`;
    this.#seen.add(key);
    if (this.#watchers.has(key) || this.#watchers.size >= maxWatches) return;
    try {
      const watcher = watch(path, { persistent: false }, this.#onEvent);
      watcher.on('error', () => this.#drop(key));
      this.#watchers.set(key, watcher);
    } catch {
      // Without a watch, the periodic scan finds the changes.
    }
  }

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
