import type { Clock } from '../lib/clock.ts';
import { resourceKey, splitResourceKey } from '../lib/key.ts';
import { record } from '../kinds/identity.ts';
import type { ParsedRow } from '../kinds/row.ts';
import type { ApiServer } from './api-server.ts';
import { faultOf, type Fault, type FaultReason } from './fault.ts';
import { KindRows } from './kind-rows.ts';
import { Reflector } from './reflector.ts';
import { TurnBudget } from './turn-budget.ts';
import { objectPath, type WatchedResource } from './watched-resource.ts';
import { bytesOfText } from '../lib/own-bytes.ts';

export interface ReplicaNotesOptions {
  readonly namespace: string;
  /** Unique among replicas that run at the same time. */
  readonly replica: string;
  /** The pod that owns the note; undefined outside of a cluster, where the note stays until `close`. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

export interface ReplicaNotesPorts {
  readonly clock: Clock;
  readonly log: {
    debug(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Called with another replica's note; undefined after a deletion. */
  readonly onNote: (replica: string, part: number, text: string | undefined) => void;
  readonly onRestart: (kind: string, reason: FaultReason) => void;
}

/**
 * Shares texts of each replica with all others: each part is a ConfigMap in Sluice's namespace, owned by the replica's
 * pod. Needs `list`, `watch`, `create`, `patch` and `delete` of ConfigMaps there.
 */
export class ReplicaNotes {
  readonly #api: ApiServer;
  readonly #options: ReplicaNotesOptions;
  readonly #ports: ReplicaNotesPorts;
  readonly #reflector: Reflector;
  readonly #closing = new AbortController();
  #problem = '';
  #written: readonly string[] = [];
  /** Existing parts, also those of an earlier process. */
  readonly #existing = new Set<number>();

  constructor(api: ApiServer, options: ReplicaNotesOptions, ports: ReplicaNotesPorts) {
    const { clock, onRestart } = ports;
    this.#api = api;
    this.#options = options;
    this.#ports = ports;
    const rows = new KindRows(notes, { onUnreadable: () => {} });
    this.#reflector = new Reflector(notes, options.namespace, rows, {
      api,
      clock,
      turn: new TurnBudget(clock),
      onChanges: (changes) => {
        for (const change of changes) {
          const key = change.kind === 'put' ? change.row.key : change.key;
          const { replica, part } = placeOf(splitResourceKey(key).name);
          const text = change.kind === 'put' ? Buffer.from(change.row.bytes).toString() : undefined;
          if (replica !== options.replica) ports.onNote(replica, part, text);
          else if (text !== undefined) this.#existing.add(part);
        }
      },
      onSynced: () => {},
      onFault: (fault) => onRestart('ConfigMap', fault.reason),
    });
  }

  start(): void {
    this.#reflector.start();
  }

  /**
   * Writes changed parts of this replica's note and deletes those beyond the last. Resolves to false after a failure.
   */
  async write(parts: readonly string[]): Promise<boolean> {
    try {
      // From the last: a Gateway that moves to a later part is always in one of them.
      for (const [part, text] of [...parts.entries()].toReversed())
        if (this.#written[part] !== text) await this.#apply(part, text);
      for (const part of this.#existing)
        if (part >= parts.length) await this.#delete(part, this.#closing.signal);
      this.#written = parts;
      this.#problem = '';
      return true;
    } catch (error) {
      this.#written = [];
      this.#logFault(faultOf(error));
      return false;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reflector.close();
    try {
      for (const part of this.#existing) await this.#delete(part, AbortSignal.timeout(closeMs));
    } catch {}
  }

  async #apply(part: number, text: string): Promise<void> {
    const { namespace, replica, pod } = this.#options;
    const owner = { apiVersion: 'v1', kind: 'Pod', ...pod };
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: nameOf(replica, part),
        namespace,
        labels: { [label]: 'true' },
        ...(pod === undefined ? {} : { ownerReferences: [owner] }),
      },
      data: { [field]: text },
    };
    const query = new URLSearchParams({ fieldManager: 'sluice', force: 'true' });
    const contentType = 'application/apply-patch+yaml';
    const path = this.#pathOf(part);
    await this.#api.send({ method: 'PATCH', path, query, contentType, body }, this.#closing.signal);
    this.#existing.add(part);
  }

  async #delete(part: number, signal: AbortSignal): Promise<void> {
    await this.#api.send({ method: 'DELETE', path: this.#pathOf(part) }, signal);
    this.#existing.delete(part);
  }

  #pathOf(part: number): string {
    const { namespace, replica } = this.#options;
    return objectPath(notes, 'v1', namespace, nameOf(replica, part));
  }

  #logFault(fault: Fault): void {
    if (fault.message === this.#problem || this.#closing.signal.aborted) return;
    this.#problem = fault.message;
    const message = `${fault.message}; until this works again, the leader does not know the state of the proxies of this replica`;
    this.#ports.log.warn({ reason: fault.reason }, message);
  }
}

const namePrefix = 'sluice-replica-';
const partMark = '.part-';

/** The first part has no number: replicas of the release before read and write only that one. */
function nameOf(replica: string, part: number): string {
  return part === 0 ? `${namePrefix}${replica}` : `${namePrefix}${replica}${partMark}${part}`;
}

function placeOf(name: string): { readonly replica: string; readonly part: number } {
  const [replica = '', part = '0'] = name.slice(namePrefix.length).split(partMark);
  return { replica, part: Number(part) };
}

const label = 'sluice.dev/replica';
const field = 'acknowledged';
const closeMs = 2000;

const notes: WatchedResource = {
  kind: 'ConfigMap',
  group: '',
  versions: ['v1'],
  plural: 'configmaps',
  scope: 'namespaced',
  parse: noteRow,
  labelSelector: label,
};

function noteRow(manifest: unknown): ParsedRow {
  const object = record(manifest);
  const metadata = record(object?.['metadata']);
  const text = record(object?.['data'])?.[field];
  const key = resourceKey('ConfigMap', String(metadata?.['namespace']), String(metadata?.['name']));
  const bytes = bytesOfText(typeof text === 'string' ? text : '');
  return { kind: 'row', row: { key, bytes, indexes: [], units: [], follow: [] } };
}
