import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { OwnedObject } from '../kinds/owned-object.ts';
import type { RowChange } from '../kinds/row.ts';
import type { ApiServer } from './api-server.ts';
import type { Fault, FaultReason } from './fault.ts';
import { KindRows } from './kind-rows.ts';
import { ownedResources } from './owned-resource.ts';
import { Reflector } from './reflector.ts';
import { TurnBudget } from './turn-budget.ts';
import { watchedParts, type WatchedPart } from './watched-resource.ts';

interface Log {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export type OwnedChange =
  | { readonly kind: 'put'; readonly object: OwnedObject }
  | { readonly kind: 'delete'; readonly key: ResourceKey };

/** Collaborators and callbacks of an OwnedWatch. No callback may throw. */
export interface OwnedWatchPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly onChange: (change: OwnedChange) => void;
  readonly onRestart?: (kind: string, reason: FaultReason) => void;
}

/**
 * Follows the objects that Sluice has made, between `start` and `stop`; each start reports all of them again. Each kind
 * is followed alone: one that is absent or forbidden does not stop the others.
 */
export class OwnedWatch {
  readonly #api: ApiServer;
  readonly #namespaces: readonly string[];
  readonly #ports: OwnedWatchPorts;
  #session: Session | undefined;

  constructor(api: ApiServer, namespaces: readonly string[], ports: OwnedWatchPorts) {
    this.#api = api;
    this.#namespaces = namespaces;
    this.#ports = ports;
  }

  /** Resolves when all kinds were read completely, however long that takes, or when it is stopped. */
  start(): Promise<'synced' | 'stopped'> {
    this.#session ??= this.#begin();
    return this.#session.synced.promise;
  }

  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    session?.synced.resolve('stopped');
    await Promise.all((session?.reflectors ?? []).map((reflector) => reflector.close()));
  }

  #begin(): Session {
    const turn = new TurnBudget(this.#ports.clock);
    const synced = Promise.withResolvers<'synced' | 'stopped'>();
    const reflectors = ownedResources
      .flatMap((resource) => watchedParts(resource, this.#namespaces))
      .map((part) => this.#follow(part, turn, () => onSynced()));
    const onSynced = (): void => {
      if (reflectors.every((reflector) => reflector.synced)) synced.resolve('synced');
    };
    for (const reflector of reflectors) reflector.start();
    return { reflectors, synced };
  }

  #follow({ resource, namespace }: WatchedPart, turn: TurnBudget, onSynced: () => void): Reflector {
    const { kind } = resource;
    const rows = new KindRows(resource, { onUnreadable: () => {} });
    return new Reflector(resource, namespace, rows, {
      api: this.#api,
      clock: this.#ports.clock,
      turn,
      onChanges: (changes) => {
        for (const change of changes) this.#ports.onChange(ownedChange(change));
      },
      onSynced,
      onAbsent: () => this.#ports.onRestart?.(kind, 'absent'),
      onFault: (fault, isNews) => {
        this.#ports.onRestart?.(kind, fault.reason);
        this.#logFault(kind, fault, isNews);
      },
    });
  }

  #logFault(kind: string, { reason, message }: Fault, isNews: boolean): void {
    const level = isNews && reason !== 'closed' && reason !== 'gone' ? 'warn' : 'debug';
    this.#ports.log[level](
      { kind, reason },
      `${message}; until this works again, Sluice does not see changes of the objects that it has made`,
    );
  }
}

interface Session {
  readonly reflectors: readonly Reflector[];
  readonly synced: PromiseWithResolvers<'synced' | 'stopped'>;
}

function ownedChange(change: RowChange): OwnedChange {
  if (change.kind === 'delete') return change;
  const object = JSON.parse(Buffer.from(change.row.bytes).toString()) as OwnedObject;
  return { kind: 'put', object };
}
