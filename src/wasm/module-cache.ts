import { hash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { failureText } from '../lib/failure.ts';
import { record } from '../kinds/identity.ts';
import type { RecalledModule } from './module-fetch.ts';

export interface CachedModule {
  readonly sha256: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Keeps modules on disk by the digest of their source, so that a restart fetches nothing. A read is hashed, so a
 * changed file is never used. A file is no permission: the last permissions are kept beside, by identity, for a start
 * while the registry is down.
 * Bounded in size, the last used stay. With a full, read-only or foreign folder it does nothing and sets `fault`. Never
 * rejects. Only one process may use a folder.
 */
export class ModuleCache {
  readonly #directory: string;
  readonly #files: LRUCache<string, CachedFile>;
  readonly #maxBytes: number;
  readonly #grants: LRUCache<string, true>;
  /** Running removals by name: a file of the same name must not be written before. */
  readonly #removals = new Map<string, Promise<void>>();
  #opened: Promise<boolean> | undefined;
  #fault = '';
  #faults = 0;

  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#files = new LRUCache<string, CachedFile>({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ size }) => Math.max(1, size),
      dispose: ({ name }, _source, reason) => {
        if (reason === 'evict' || reason === 'delete') this.#removals.set(name, this.#unlink(name));
      },
    });
    this.#grants = new LRUCache<string, true>({
      max: maxGrants,
      dispose: (_grant, name, reason) => {
        if (reason === 'evict' || reason === 'delete') this.#removals.set(name, this.#unlink(name));
      },
    });
  }

  get isKept(): boolean {
    return this.#maxBytes > 0;
  }

  get bytes(): number {
    return this.#files.calculatedSize;
  }

  get fault(): string {
    return this.#fault;
  }

  get faults(): number {
    return this.#faults;
  }

  /** `source`: hex digest of the blob that held the module. */
  async read(source: string): Promise<CachedModule | undefined> {
    if (!(await this.#open())) return undefined;
    const file = this.#files.get(source);
    if (file === undefined) return undefined;
    const path = join(this.#directory, file.name);
    try {
      const bytes = new Uint8Array(await readFile(path));
      if (hash('sha256', bytes, 'hex') !== file.sha256) throw new Error('a file is not what was written');
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return { sha256: file.sha256, bytes };
    } catch (error) {
      this.#fail(error);
      this.#files.delete(source);
      return undefined;
    }
  }

  async write(source: string, { sha256, bytes }: CachedModule): Promise<void> {
    if (!(await this.#open()) || bytes.length > this.#maxBytes || this.#files.has(source)) return;
    const name = `${source}-${sha256}.wasm`;
    const draft = join(this.#directory, `.${name}.${process.pid}.draft`);
    try {
      await this.#removals.get(name);
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, join(this.#directory, name));
      this.#files.set(source, { name, sha256, size: bytes.length });
      this.#fault = '';
    } catch (error) {
      this.#fail(error);
      await rm(draft, { force: true }).catch(() => {});
    }
  }

  /** Returns the permission of `identity`, which names a file, unless it is too old. `nowMs` is a date. */
  async recall(identity: string, nowMs: number): Promise<RecalledModule | undefined> {
    const name = `${identity}.grant`;
    if (!(await this.#open()) || !this.#grants.has(name)) return undefined;
    try {
      const path = join(this.#directory, name);
      const { mtimeMs } = await stat(path);
      const grant = parseGrant(await readFile(path, 'utf8'));
      const kept =
        nowMs - mtimeMs > maxGrantAgeMs || grant === undefined ? undefined : await this.read(grant.source);
      if (kept !== undefined && kept.sha256 === grant?.sha256) {
        const { sha256, bytes } = kept;
        return { module: { sha256, size: bytes.length, validator: grant.validator }, bytes };
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#grants.delete(name);
    return undefined;
  }

  /** Records that the identity was allowed a module just now; undefined: the same as before. */
  async remember(identity: string, grant: Grant | undefined): Promise<void> {
    const name = `${identity}.grant`;
    if (!(await this.#open())) return;
    const path = join(this.#directory, name);
    const now = new Date();
    try {
      await this.#removals.get(name);
      if (grant === undefined) {
        if (this.#grants.get(name) === true) await utimes(path, now, now);
        return;
      }
      const { source, sha256, validator } = grant;
      const draft = join(this.#directory, `.${name}.${process.pid}.draft`);
      await writeFile(draft, JSON.stringify({ source, sha256, validator }), { mode: 0o600 });
      await rename(draft, path);
      this.#grants.set(name, true);
    } catch (error) {
      this.#fail(error);
    }
  }

  async forget(identity: string): Promise<void> {
    const name = `${identity}.grant`;
    if (!(await this.#open())) return;
    this.#grants.delete(name);
    await this.#removals.get(name);
  }

  /** Finds files of earlier processes. Tried again after a failure, as volumes may come late. */
  async #open(): Promise<boolean> {
    if (this.#maxBytes === 0) return false;
    this.#opened ??= this.#scan();
    const isOpen = await this.#opened;
    if (!isOpen) this.#opened = undefined;
    return isOpen;
  }

  async #scan(): Promise<boolean> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await this.#own();
      const files: (CachedFile & { readonly source: string; readonly usedMs: number })[] = [];
      for (const name of await readdir(this.#directory)) {
        if (name.endsWith('.draft')) await this.#unlink(name);
        if (grantPattern.test(name)) this.#grants.set(name, true);
        const [, source, sha256] = namePattern.exec(name) ?? [];
        if (source === undefined || sha256 === undefined) continue;
        const { size, mtimeMs } = await stat(join(this.#directory, name));
        files.push({ name, source, sha256, size, usedMs: mtimeMs });
      }
      files.sort((one, other) => one.usedMs - other.usedMs);
      for (const { source, ...file } of files) this.#files.set(source, file);
      this.#fault = '';
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Refuses a link or folder of another user: the parent may be writable for all. */
  async #own(): Promise<void> {
    const found = await lstat(this.#directory);
    const uid = process.getuid?.();
    if (!found.isDirectory() || (uid !== undefined && found.uid !== uid && found.uid !== 0))
      throw new Error(`${this.#directory} is not a folder of this user`);
    // A volume of a pod belongs to root and is writable by its group; any other folder is made private.
    if (found.uid === uid) await chmod(this.#directory, 0o700);
  }

  async #unlink(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true }).catch((error: unknown) => this.#fail(error));
    this.#removals.delete(name);
  }

  #fail(error: unknown): void {
    this.#faults++;
    this.#fault = `${this.#directory} is of no use (${failureText(error)})`;
  }
}

interface CachedFile {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

export interface Grant {
  readonly source: string;
  readonly sha256: string;
  readonly validator: string;
}

/** Small files; fleets have tens. */
const maxGrants = 1000;

/**
 * Longest time that a permission may be unconfirmed over restarts. Longer tolerates longer outages of a registry,
 * shorter honours a withdrawal during one; revise by sluice_wasm_staleness_seconds.
 */
const maxGrantAgeMs = 24 * 3_600_000;

const grantPattern = /^[0-9a-f]{64}\.grant$/;

function parseGrant(text: string): Grant | undefined {
  const { source, sha256, validator } = record(JSON.parse(text)) ?? {};
  return typeof source === 'string' && typeof sha256 === 'string' && typeof validator === 'string'
    ? { source, sha256, validator }
    : undefined;
}

const namePattern = /^([0-9a-f]{64})-([0-9a-f]{64})\.wasm$/;
