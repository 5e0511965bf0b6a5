import type { Config } from '../config/config.ts';
import type { FileProblem, Place } from '../file/file-problem.ts';
import { FileSource } from '../file/file-source.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { KubeSource, type KubeSourceOptions, type KubeSourcePorts } from '../kube/kube-source.ts';
import type { EventObject } from '../kube/write-event.ts';
import { writeStatus } from '../kube/write-status.ts';
import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { StatusWritten } from '../kinds/observed-status.ts';
import type { RowChange } from '../kinds/row.ts';

export interface Source {
  /** Resolves when `onChanges` was called with every object. Rejects when there is nothing to follow. */
  start(): Promise<void>;
  /** Returns the reason why the first read is not complete, in one line. */
  waitsFor(): string;
  /** True when another program decides how long the first read takes. */
  readonly isRemote: boolean;
  problems(): readonly unknown[];
  /** Problems of a folder's files. */
  fileProblems(): readonly FileProblem[];
  /** Finds a field of an object in its file; undefined: it is of no file. */
  placeOf(key: ResourceKey, path: string): Promise<Place | undefined>;
  apiVersionOf(key: ResourceKey): string | undefined;
  /** Returns undefined for an object that the source does not have, or that takes no Events. */
  eventObject(key: ResourceKey): EventObject | undefined;
  /** Never rejects. A source without statuses answers `absent`. */
  writeStatus(
    key: ResourceKey,
    patch: unknown,
    controllerName: string,
    signal: AbortSignal,
  ): Promise<StatusWritten>;
  close(): Promise<void>;
}

export interface SourcePorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly onChanges: (changes: readonly RowChange[]) => void;
  readonly onObserved?: KubeSourcePorts['onObserved'];
}

export function fileSource(
  options: Extract<Config['provider'], { type: 'file' }>['file'],
  { log, clock, metrics, onChanges }: SourcePorts,
): Source {
  const source = new FileSource(options, {
    log,
    clock,
    onChanges,
    onProblems: (problems) => metrics.fileProblems.set(problems.length),
    onScan: (durationMs) => metrics.fileScan.observe(durationMs / 1000),
  });
  return {
    start: () => source.start(),
    waitsFor: () => 'the first scan of the source is not complete',
    isRemote: false,
    problems: () => source.problems(),
    fileProblems: () => source.problems(),
    placeOf: (key, path) => source.placeOf(key, path),
    apiVersionOf: (key) => source.apiVersionOf(key),
    eventObject: () => undefined,
    writeStatus: () => Promise.resolve(nowhere),
    close: () => source.close(),
  };
}

/** Half of a usual scrape interval, 10 s: more often is not seen. */
const gaugesEveryMs = 5000;

export function kubeSource(
  api: ApiServer,
  options: KubeSourceOptions,
  { log, clock, metrics, onChanges, onObserved }: SourcePorts,
): Source {
  const source = new KubeSource(api, options, {
    log,
    clock,
    onChanges,
    onObserved,
    onRestart: (kind, reason) => metrics.watchRestarts.inc({ kind, reason }),
  });
  let cancelGauges = nothing;
  const setGauges = (): void => {
    cancelGauges = clock.after(gaugesEveryMs, setGauges);
    for (const { kind, objects, staleMs } of source.kinds()) {
      metrics.watchedObjects.set({ kind }, objects);
      metrics.watchStaleness.set({ kind }, staleMs / 1000);
    }
  };
  setGauges();
  return {
    start: async () => {
      await source.start();
    },
    waitsFor: () => {
      const waiting = source.unsynced().map(({ kind, reason }) => `${kind}: ${reason}`);
      return `the first reading of the API server is not complete: ${waiting.join('; ')}`;
    },
    isRemote: true,
    problems: () => source.problems(),
    fileProblems: () => [],
    placeOf: () => Promise.resolve(undefined),
    apiVersionOf: (key) => source.apiVersionOf(key),
    eventObject: (key) => source.eventObject(key),
    writeStatus(key, patch, controllerName, signal) {
      const path = source.pathOf(key);
      if (path === undefined) return Promise.resolve(nowhere);
      return writeStatus(api, path, patch, controllerName, signal);
    },
    close() {
      cancelGauges();
      return source.close();
    },
  };
}

const nowhere: StatusWritten = {
  kind: 'failed',
  reason: 'absent',
  message: 'objects of this kind have no status here',
  retryAfterMs: 0,
};

function nothing(): void {}
