import type { Clock } from '../lib/clock.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObservedStatus } from '../kinds/observed-status.ts';
import type { RowChange } from '../kinds/row.ts';
import { describeUnreadable } from '../kinds/unreadable.ts';
import type { ApiServer } from './api-server.ts';
import type { EventObject } from './write-event.ts';
import type { Fault, FaultReason } from './fault.ts';
import { KindRows, type UnreadableObject } from './kind-rows.ts';
import { Reflector } from './reflector.ts';
import { TurnBudget } from './turn-budget.ts';
import {
  objectPath,
  watchedParts,
  watchedResources,
  type WatchedPart,
  type WatchedResource,
} from './watched-resource.ts';

export interface KubeSourceOptions {
  /** Empty: the whole cluster. */
  readonly namespaces?: readonly string[];
  /** Kinds that are followed; undefined: all of the table. */
  readonly kinds?: ReadonlySet<string> | undefined;
  /** Keeps the scripts of plugins, which may be large. */
  readonly scripts?: boolean;
}

interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Collaborators and callbacks of a KubeSource. No callback may throw. */
export interface KubeSourcePorts {
  readonly log: Log;
  readonly clock: Clock;
  /** Called with net changes of one kind; never empty. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  /** Called when the status of an object of a kind whose status Sluice writes may have changed; undefined: deleted. */
  readonly onObserved?: ((key: ResourceKey, observed: ObservedStatus | undefined) => void) | undefined;
  readonly onSync?: (kind: string) => void;
  readonly onRestart?: (kind: string, reason: FaultReason) => void;
}

export interface KindState {
  readonly kind: string;
  readonly synced: boolean;
  readonly reason: string | undefined;
  readonly objects: number;
  /** Time since the last answer for this kind; a minute is usual when nothing changes. */
  readonly staleMs: number;
}

export interface ObjectProblem {
  readonly object: ResourceKey;
  readonly path: string;
  readonly message: string;
}

/**
 * Turns the API server's objects into changes of rows. Never gives up, and keeps everything until the API server says
 * that it was deleted. Each kind is followed alone: a fault of one does not stop the others.
 */
export class KubeSource {
  readonly #ports: KubeSourcePorts;
  readonly #api: ApiServer;
  readonly #watches: readonly Watch[];
  readonly #synced = Promise.withResolvers<'synced' | 'closed'>();

  constructor(api: ApiServer, options: KubeSourceOptions, ports: KubeSourcePorts) {
    this.#ports = ports;
    this.#api = api;
    const turn = new TurnBudget(ports.clock);
    const followed = watchedResources.filter(({ kind }) => options.kinds?.has(kind) ?? true);
    this.#watches = followed.flatMap((resource) => {
      const { parse, parseWithoutScripts = parse } = resource;
      const kept = options.scripts === true ? resource : { ...resource, parse: parseWithoutScripts };
      return watchedParts(kept, options.namespaces ?? []).map((part) => this.#watch(part, turn));
    });
  }

  /** Resolves when `onChanges` has received everything that the API server has, or when closed. Has no time limit. */
  start(): Promise<'synced' | 'closed'> {
    for (const { reflector } of this.#watches) reflector.start();
    return this.#synced.promise;
  }

  unsynced(): { readonly kind: string; readonly reason: string }[] {
    return this.kinds()
      .filter(({ synced }) => !synced)
      .map(({ kind, reason }) => ({ kind, reason: reason ?? 'the list is under way' }));
  }

  kinds(): KindState[] {
    const byKind = Map.groupBy(this.#watches, ({ kind }) => kind);
    return [...byKind].map(([kind, watches]) => ({
      kind,
      synced: watches.every(({ reflector }) => reflector.synced),
      reason: watches.find(({ reflector }) => reflector.fault !== undefined)?.reflector.fault?.message,
      objects: watches.reduce((sum, { rows }) => sum + rows.size, 0),
      staleMs: Math.max(...watches.map(({ reflector }) => reflector.staleMs)),
    }));
  }

  problems(): ObjectProblem[] {
    return this.#watches.flatMap(({ rows }) =>
      [...rows.problems()].map(({ key, problem }) => ({ object: key, ...problem })),
    );
  }

  apiVersionOf(key: ResourceKey): string | undefined {
    const watch = this.#watchOf(key);
    if (watch === undefined) return undefined;
    const { group } = watch.resource;
    return group === '' ? watch.reflector.version : `${group}/${watch.reflector.version}`;
  }

  eventObject(key: ResourceKey): EventObject | undefined {
    const apiVersion = this.apiVersionOf(key);
    const { kind } = splitResourceKey(key);
    const uid = this.#watches
      .filter((watch) => watch.kind === kind)
      .map(({ rows }) => rows.uidOf(key))
      .find((found) => found !== undefined);
    return apiVersion === undefined || uid === undefined ? undefined : { apiVersion, uid };
  }

  pathOf(key: ResourceKey): string | undefined {
    const { namespace, name } = splitResourceKey(key);
    const watch = this.#watchOf(key);
    return watch && objectPath(watch.resource, watch.reflector.version, namespace, name);
  }

  /** Ends all watches. No callback is called afterwards. */
  async close(): Promise<void> {
    this.#synced.resolve('closed');
    await Promise.all(this.#watches.map(({ reflector }) => reflector.close()));
  }

  #watchOf(key: ResourceKey): Watch | undefined {
    const { kind } = splitResourceKey(key);
    return this.#watches.find((candidate) => candidate.kind === kind);
  }

  #watch({ resource, namespace }: WatchedPart, turn: TurnBudget): Watch {
    const { clock, onChanges, onRestart, onObserved } = this.#ports;
    const { kind } = resource;
    const rows = new KindRows(resource, {
      onUnreadable: (object) => this.#logUnreadable(object),
      onObserved,
    });
    const reflector = new Reflector(resource, namespace, rows, {
      api: this.#api,
      clock,
      turn,
      onChanges,
      onSynced: () => this.#onSynced(kind),
      onAbsent: () => {
        onRestart?.(kind, 'absent');
        this.#ports.log.info(
          { kind },
          'the API server does not serve this kind; Sluice follows it as soon as its CRD is installed',
        );
      },
      onFault: (fault, isNews) => {
        onRestart?.(kind, fault.reason);
        this.#logFault(kind, namespace, fault, isNews);
      },
    });
    return { kind, resource, rows, reflector };
  }

  #onSynced(kind: string): void {
    const ofKind = this.#watches.filter((watch) => watch.kind === kind);
    if (!ofKind.every(({ reflector }) => reflector.synced)) return;
    this.#ports.log.debug({ kind }, 'read to its end');
    this.#ports.onSync?.(kind);
    if (this.#watches.every(({ reflector }) => reflector.synced)) this.#synced.resolve('synced');
  }

  /** The regular end of a watch is no fault, and a fault that lasts is logged once. */
  #logFault(kind: string, namespace: string | undefined, { reason, message }: Fault, isNews: boolean): void {
    const level = isNews && reason !== 'closed' && reason !== 'gone' ? 'warn' : 'debug';
    const fields = { kind, reason, ...(namespace === undefined ? {} : { namespace }) };
    this.#ports.log[level](fields, `${message}; what was read last stays in force`);
  }

  #logUnreadable({ key, resourceVersion, problems }: UnreadableObject): void {
    this.#ports.log.warn({ object: key, resourceVersion }, describeUnreadable(problems));
  }
}

interface Watch {
  readonly kind: string;
  readonly resource: WatchedResource;
  readonly rows: KindRows;
  readonly reflector: Reflector;
}
