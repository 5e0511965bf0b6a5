import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readPidFile, removePidFile, writePidFile } from './pid-file.ts';

/** Name of the PID file of Sluice itself, beside those of the processes that it runs. */
export const lockName = 'sluice';

export type Claim =
  | { readonly kind: 'claimed'; readonly folder: StateFolder }
  | { readonly kind: 'taken'; readonly pid: number };

/** Folder with the PID files and logs of one `sluice standalone`, which keeps a second one out. */
export class StateFolder {
  readonly path: string;
  readonly #lock: string;

  private constructor(path: string) {
    this.path = path;
    this.#lock = join(path, `${lockName}.pid`);
  }

  static claim(path: string): Claim {
    mkdirSync(path, { recursive: true });
    const folder = new StateFolder(path);
    const other = readPidFile(folder.#lock);
    if (other !== undefined) return { kind: 'taken', pid: other.pid };
    writePidFile(folder.#lock, process.pid, '');
    return { kind: 'claimed', folder };
  }

  /** Removes the folder, unless processes still run that log into it. */
  release(): void {
    removePidFile(this.#lock);
    const isInUse = readdirSync(this.path).some((file) => file.endsWith('.pid'));
    if (!isInUse) rmSync(this.path, { recursive: true, force: true });
  }
}
