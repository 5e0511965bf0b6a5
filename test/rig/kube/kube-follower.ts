import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../../../src/lib/assert.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';
import type { ObservedStatus } from '../../../src/kinds/observed-status.ts';
import type { Row, RowChange } from '../../../src/kinds/row.ts';
import type { FaultReason } from '../../../src/kube/fault.ts';
import { ApiServer } from '../../../src/kube/api-server.ts';
import { openCluster } from '../../../src/kube/cluster-access.ts';
import { KubeSource, type KubeSourceOptions, type KubeSourcePorts } from '../../../src/kube/kube-source.ts';
import { watchedResources } from '../../../src/kube/watched-resource.ts';
import { HurriedClock } from './hurried-clock.ts';
import { FakeKubeApi } from './kube-api.ts';
import type { KubeFault, KubeRequest } from './kube-request.ts';
import { SilentLog } from '../pipeline/silent-log.ts';

export function servicePort(port: number): object {
  return { spec: { ports: [{ port }] } };
}

export class KubeFollower {
  readonly api = new FakeKubeApi();
  readonly log = new SilentLog();
  readonly clock: HurriedClock;
  readonly rows = new Map<ResourceKey, Row>();
  readonly restarts: { readonly kind: string; readonly reason: FaultReason }[] = [];
  /** Changes without an effect, which a source must not make. */
  readonly idle: RowChange[] = [];
  readonly deleted: ResourceKey[] = [];
  readonly observed = new Map<ResourceKey, ObservedStatus>();
  observations = 0;
  onObserved: NonNullable<KubeSourcePorts['onObserved']> = () => {};
  source!: KubeSource;
  #connection: ApiServer | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-kube-'));
  #wake: (() => void)[] = [];

  constructor(clock = new HurriedClock()) {
    this.clock = clock;
  }

  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  get connection(): ApiServer {
    return must(this.#connection, 'connection');
  }

  /** Has the API server fail so many requests of those for which `fault` returns one. */
  failFirst(count: number, fault: (request: KubeRequest) => KubeFault | undefined): void {
    let left = count;
    this.api.fault = (request) => {
      const found = left > 0 ? fault(request) : undefined;
      if (found !== undefined) left--;
      return found;
    };
  }

  async open(options: KubeSourceOptions = {}, user: object = {}): Promise<KubeSource> {
    writeFileSync(this.kubeconfig, this.api.kubeconfig(await this.api.start(), user));
    this.#connection = new ApiServer(await openCluster({ kubeconfig: this.kubeconfig }));
    this.source = new KubeSource(
      this.#connection,
      { scripts: true, ...options },
      {
        log: this.log,
        clock: this.clock,
        onChanges: (changes) => {
          for (const change of changes) this.#apply(change);
          this.#notify();
        },
        onObserved: (key, observed) => {
          this.observations++;
          if (observed === undefined) this.observed.delete(key);
          else this.observed.set(key, observed);
          this.onObserved(key, observed);
          this.#notify();
        },
        onSync: () => this.#notify(),
        onRestart: (kind, reason) => {
          this.restarts.push({ kind, reason });
          this.#notify();
        },
      },
    );
    return this.source;
  }

  async follow(options: KubeSourceOptions = {}): Promise<void> {
    const source = await this.open(options);
    await source.start();
  }

  /** Checked after each callback of the source and each turn of the event loop. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        setImmediate(resolve);
      });
    }
  }

  async equal(): Promise<void> {
    await this.until(() => this.isEqual());
  }

  isEqual(): boolean {
    const wanted = this.wanted();
    return (
      wanted.size === this.rows.size && [...wanted].every(([key, bytes]) => same(this.rows.get(key), bytes))
    );
  }

  wanted(): Map<ResourceKey, Uint8Array> {
    const wanted = new Map<ResourceKey, Uint8Array>();
    for (const { kind, parse } of watchedResources) {
      for (const object of this.api.objects(kind)) {
        const parsed = parse(object);
        if (parsed.kind === 'row') wanted.set(parsed.row.key, parsed.row.bytes);
      }
    }
    return wanted;
  }

  async close(): Promise<void> {
    await this.source.close();
    await this.#connection?.close();
    await this.api.stop();
    rmSync(this.#folder, { recursive: true });
  }

  #apply(change: RowChange): void {
    if (change.kind === 'put') {
      const { key, bytes } = change.row;
      if (same(this.rows.get(key), bytes)) this.idle.push(change);
      this.rows.set(key, change.row);
    } else {
      this.deleted.push(change.key);
      if (!this.rows.delete(change.key)) this.idle.push(change);
    }
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function same(row: Row | undefined, bytes: Uint8Array): boolean {
  return row !== undefined && Buffer.compare(row.bytes, bytes) === 0;
}
