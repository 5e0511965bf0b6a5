import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { FolderWatch } from './folder-watch.ts';
import { defaultLimits } from './limits.ts';
import { ManifestFolder, type FolderLimits } from './manifest-folder.ts';
import { fileProblem, type FileProblem, type Place } from './file-problem.ts';

export interface FileSourceOptions extends Partial<FolderLimits> {
  readonly directory: string;
  readonly scanIntervalMs?: number;
}

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Collaborators and callbacks of a FileSource. No callback may throw; all are called in order. */
export interface FileSourcePorts {
  readonly log: Log;
  readonly clock: Clock;
  /** Called once a scan with its net changes; never empty. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  /** Called after a scan with new problems; `problems` is the whole list. */
  readonly onProblems?: (problems: readonly FileProblem[]) => void;
  readonly onScan?: (durationMs: number) => void;
}

/** A save makes several events. A longer wait merges more and delays every change. */
const quietMs = 20;

/** Longest wait after the first of events that do not stop. */
const maxQuietMs = 200;

/** Bound of the share of time spent in scans of a large folder; revise by `sluice_file_scan_seconds`. */
const maxScanShare = 0.05;

/**
 * Follows a folder of manifests and turns it into changes of rows. An event only starts a scan, and scans also run at
 * an interval: a lost event costs that interval, never a change. A broken file is logged once and keeps its last good
 * objects.
 */
export class FileSource {
  readonly #folder: ManifestFolder;
  readonly #ports: FileSourcePorts;
  readonly #intervalMs: number;
  readonly #directory: string;
  readonly #watch: FolderWatch;
  #scanning: Promise<unknown> | undefined;
  /** An event came during a scan, which may have missed the change. */
  #dirty = false;
  #closed = false;
  #cancelTimer = () => {};
  #firstEventMs: number | undefined;
  #failure: string | undefined;

  constructor(options: FileSourceOptions, ports: FileSourcePorts) {
    const { directory, scanIntervalMs = 1000, ...limits } = options;
    this.#directory = directory;
    this.#folder = new ManifestFolder(directory, { ...defaultLimits, ...limits }, ports.clock);
    this.#ports = ports;
    this.#intervalMs = scanIntervalMs;
    this.#watch = new FolderWatch(() => this.#onEvent());
  }

  /** Reads the folder and follows it. Resolves after the first `onChanges`; rejects when the folder cannot be read. */
  async start(): Promise<void> {
    try {
      const nextMs = await this.#first();
      this.#afterScan(nextMs);
    } catch (error) {
      this.#watch.close();
      throw new Error(`cannot read the folder ${this.#directory}: ${failureText(error)}`, { cause: error });
    }
  }

  problems(): readonly FileProblem[] {
    const problems = this.#folder.problems();
    if (this.#failure === undefined) return problems;
    return [fileProblem('.', this.#failure), ...problems];
  }

  placeOf(key: ResourceKey, path: string): Promise<Place | undefined> {
    return this.#folder.placeOf(key, path);
  }

  apiVersionOf(key: ResourceKey): string | undefined {
    return this.#folder.apiVersionOf(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#watch.close();
    await this.#scanning;
    this.#watch.close();
  }

  async #first(): Promise<number> {
    const scan = this.#scan();
    this.#scanning = Promise.allSettled([scan]);
    try {
      return await scan;
    } finally {
      this.#scanning = undefined;
    }
  }

  #onEvent(): void {
    if (this.#closed) return;
    this.#dirty = true;
    if (this.#scanning !== undefined) return;
    const nowMs = this.#ports.clock.now();
    this.#firstEventMs ??= nowMs;
    this.#scanIn(Math.min(quietMs, Math.max(this.#firstEventMs + maxQuietMs - nowMs, 0)));
  }

  #scanIn(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#ports.clock.after(delayMs, () => {
      const scanning = this.#rescan();
      this.#scanning = scanning;
      return scanning;
    });
  }

  async #rescan(): Promise<void> {
    let againMs: number | undefined;
    try {
      againMs = await this.#scan();
      if (this.#failure !== undefined && !this.#closed)
        this.#ports.log.info({}, 'the folder can be read again');
      this.#failure = undefined;
    } catch (error) {
      this.#fail(`the folder cannot be read: ${failureText(error)}; the objects read last stay in force`);
    }
    this.#scanning = undefined;
    this.#afterScan(againMs);
  }

  async #scan(): Promise<number> {
    const { clock, log, onChanges, onProblems, onScan } = this.#ports;
    this.#dirty = false;
    this.#firstEventMs = undefined;
    const startMs = clock.now();
    const result = await this.#folder.scan((path, inode) => {
      if (!this.#closed) this.#watch.see(path, inode);
    });
    const durationMs = clock.now() - startMs;
    if (this.#closed) return this.#intervalMs;
    this.#watch.prune();
    for (const { level, fields, message } of result.logLines) log[level](fields, message);
    if (result.changes.length > 0) onChanges(result.changes);
    if (result.logLines.length > 0) onProblems?.(this.problems());
    onScan?.(durationMs);
    return result.againMs ?? Math.max(this.#intervalMs, durationMs / maxScanShare);
  }

  #afterScan(nextMs: number = this.#intervalMs): void {
    if (this.#closed) return;
    if (this.#dirty) this.#onEvent();
    else this.#scanIn(nextMs);
  }

  #fail(message: string): void {
    if (this.#closed || this.#failure === message) return;
    this.#failure = message;
    this.#ports.log.error({ directory: this.#directory }, message);
    this.#ports.onProblems?.(this.problems());
  }
}
