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
  /** Namespace of Sluice itself. */
  readonly namespace: string;
  /** This replica's name, which no other has at the same time. */
  readonly replica: string;
  /** The pod with which the note goes; undefined outside of a cluster, where it stays until `close`. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

export interface ReplicaNotesPorts {
  readonly clock: Clock;
  readonly log: {
    debug(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Another replica's note; undefined: it is gone. */
  readonly onNote: (replica: string, text: string | undefined) => void;
  readonly onRestart: (kind: string, reason: FaultReason) => void;
}

/**
 * One short text of each replica that all others read: a ConfigMap in Sluice's namespace, owned by the replica's pod.
 * Needs `list`, `watch`, `create`, `patch` and `delete` of ConfigMaps there.
 */
export class ReplicaNotes {
  readonly #api: ApiServer;
  readonly #options: ReplicaNotesOptions;
  readonly #ports: ReplicaNotesPorts;
  readonly #reflector: Reflector;
  readonly #closing = new AbortController();
  #problem = '';
  #isWritten = false;

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
          const replica = splitResourceKey(key).name.slice(namePrefix.length);
          if (replica === options.replica) continue;
          ports.onNote(replica, change.kind === 'put' ? Buffer.from(change.row.bytes).toString() : undefined);
        }
      },
      onSynced: () => {},
      onFault: (fault) => onRestart('ConfigMap', fault.reason),
    });
  }

  start(): void {
    this.#reflector.start();
  }

  /** Writes this replica's note, in place of the one before. Never rejects; resolves to whether it went well. */
  async write(text: string): Promise<boolean> {
    const { namespace, replica, pod } = this.#options;
    const name = `${namePrefix}${replica}`;
    const owner = { apiVersion: 'v1', kind: 'Pod', ...pod };
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace,
        labels: { [label]: 'true' },
        ...(pod === undefined ? {} : { ownerReferences: [owner] }),
      },
      data: { [field]: text },
    };
    const query = new URLSearchParams({ fieldManager: 'sluice', force: 'true' });
    const contentType = 'application/apply-patch+yaml';
    try {
      await this.#api.send(
        { method: 'PATCH', path: this.#path, query, contentType, body },
        this.#closing.signal,
      );
      this.#isWritten = true;
      this.#problem = '';
      return true;
    } catch (error) {
      this.#tell(faultOf(error));
      return false;
    }
  }

  /** Takes this replica's note away, as its proxies are going elsewhere. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reflector.close();
    if (!this.#isWritten) return;
    try {
      await this.#api.send({ method: 'DELETE', path: this.#path }, AbortSignal.timeout(closeMs));
    } catch {
      // It goes with the pod.
    }
  }

  get #path(): string {
    const { namespace, replica } = this.#options;
    return objectPath(notes, 'v1', namespace, `${namePrefix}${replica}`);
  }

  #tell(fault: Fault): void {
    if (fault.message === this.#problem || this.#closing.signal.aborted) return;
    this.#problem = fault.message;
    const message = `${fault.message}; the leader does not hear what the proxies of this replica have`;
    this.#ports.log.warn({ reason: fault.reason }, message);
  }
}

const namePrefix = 'sluice-replica-';
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
