import type { SecureServerOptions } from 'node:http2';
import { tmpdir } from 'node:os';
import { Fetches } from '../../../src/run/fetches.ts';
import { configFrom } from '../../../src/config/load.ts';
import { proxyList, type ProxyDetailsJson } from '../../../src/run/proxy-json.ts';
import { ControlPlane } from '../../../src/run/control-plane.ts';
import type { Surroundings } from '../../../src/run/controller.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { must } from '../../../src/lib/assert.ts';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { createMetrics, type Metrics } from '../../../src/observe/metrics.ts';
import { inlinePool } from '../../../src/pool/inline.ts';
import type { Row, RowChange } from '../../../src/kinds/row.ts';
import type { View } from '../../../src/publish/view.ts';
import { backend, endpointSlice, gateway, gatewayClass, httpRoute, service } from '../objects/manifests.ts';
import { rowOf, type Condition } from '../pipeline/pipeline.ts';
import { TamperedPool } from '../pipeline/tampered-pool.ts';
import { sessionRow } from '../pipeline/session-row.ts';
import { SilentLog } from '../pipeline/silent-log.ts';
import { converge } from './converge.ts';
import { EchoBackend, type Protocol } from './echo-backend.ts';
import { EnvoyChild } from './envoy-child.ts';
import { freePorts } from './free-ports.ts';
import { configOf, oneListener, type EnvoyRigOptions } from './rig-options.ts';
import { unacknowledged } from './unacknowledged.ts';
import { echo, send, type Answer, type Request } from './http-client.ts';

interface Status {
  readonly conditions: readonly Condition[];
  readonly parents: readonly { readonly conditions: readonly Condition[] }[];
  readonly ancestors: readonly { readonly conditions: readonly Condition[] }[];
}

/** A control plane in this process, an Envoy for Gateway `default/web`, and echo backends, all on loopback. */
export class EnvoyRig {
  readonly ports: readonly number[];
  readonly envoy = new EnvoyChild();
  metrics: Metrics = createMetrics();
  readonly log = new SilentLog();
  readonly backends = new Map<string, EchoBackend>();
  readonly #rows = new Map<ResourceKey, Row>([[sessionRow.key, sessionRow]]);
  readonly #options: EnvoyRigOptions;
  #controlPlane: ControlPlane | undefined;
  #fetches: Fetches | undefined;
  #xdsPort = 0;

  private constructor(ports: readonly number[], options: EnvoyRigOptions) {
    this.ports = ports;
    this.#options = options;
  }

  static async start(options: EnvoyRigOptions = {}): Promise<EnvoyRig> {
    const { listeners = oneListener, ports = 1, concurrency = 1, tls } = options;
    const rig = new EnvoyRig(await freePorts(ports), options);
    rig.#put([gatewayClass(), gateway(listeners(rig.ports))]);
    try {
      await rig.startControlPlane();
      const bootstrap = tls?.bootstrap(rig.#xdsPort);
      await rig.envoy.start({ gateway: gatewayName, xdsPort: rig.#xdsPort, concurrency, bootstrap });
      return rig;
    } catch (error) {
      await rig.close({ rejected: 'expected' });
      throw error;
    }
  }

  get port(): number {
    return this.ports[0] ?? 0;
  }

  get xdsPort(): number {
    return this.#xdsPort;
  }

  get controller(): ControlPlane['controller'] {
    if (this.#controlPlane === undefined) throw new Error('the control plane is not running');
    return this.#controlPlane.controller;
  }

  get view(): View {
    return must(this.controller.view(gatewayName), 'view of the Gateway');
  }

  /** Its Service has its name, and port 80. */
  async backend(
    name: string,
    options: { protocol?: Protocol; port?: object; tls?: SecureServerOptions } = {},
  ): Promise<EchoBackend> {
    const server = await this.server(name, options.protocol, options.tls);
    this.apply([service(name, { port: options.port ?? {} })]);
    this.pointAt(name, [server]);
    return server;
  }

  /** Replaces the Service's endpoints, by four servers at most. */
  pointAt(name: string, servers: readonly EchoBackend[]): void {
    this.apply([0, 1, 2, 3].map((i) => slice(name, i, servers[i])));
  }

  async server(name: string, protocol?: Protocol, tls?: SecureServerOptions): Promise<EchoBackend> {
    const server = new EchoBackend(name, protocol, tls);
    await server.listen();
    this.backends.set(name, server);
    return server;
  }

  /** Changes both in one step; does not wait for Envoy. */
  apply(manifests: readonly object[], removed: readonly object[] = []): void {
    const changes: RowChange[] = this.#put(manifests).map((row) => ({ kind: 'put', row }));
    for (const manifest of removed) {
      const { key } = rowOf(manifest);
      this.#rows.delete(key);
      changes.push({ kind: 'delete', key });
    }
    this.controller.apply(changes);
  }

  /** The host is `<name>.test`; resolves when Envoy has ACKed the route. */
  async serve(name: string, rules: readonly object[], { except = '' } = {}): Promise<void> {
    this.apply([routeOf(name, rules)]);
    await this.settled({ except });
  }

  /** Manifests for the next control plane, while there is none. */
  keep(manifests: readonly object[]): void {
    this.#put(manifests);
  }

  /** Resolves when Envoy has ACKed everything but `except`; its workers apply it before they serve new connections. */
  async settled({ except = '' } = {}): Promise<void> {
    await converge(() => {
      const missing = this.missing.filter((name) => name !== except);
      if (missing.length === 0) return true;
      throw new Error(`not ACKed: ${missing.join(', ')}\n${this.#explanation()}`);
    });
  }

  /** Not ACKed in the newest version; leaves out routes of listeners that are not served. */
  get missing(): string[] {
    return unacknowledged(this.controller, gatewayName);
  }

  /** Condition of an object; of a route, that for its first parent. */
  condition(
    kind: 'Gateway' | 'HTTPRoute' | 'EnvoyExtensionPolicy' | 'Backend',
    name: string,
    type: string,
  ): Condition | undefined {
    const status = this.controller.status(resourceKey(kind, 'default', name)) as Partial<Status> | undefined;
    const [entry] = status?.parents ?? status?.ancestors ?? [];
    const conditions = entry?.conditions ?? status?.conditions ?? [];
    return conditions.find((condition) => condition.type === type);
  }

  /** `name`: of {@link serve}, or any hostname. */
  send(name: string, request: Request = {}): Promise<Answer> {
    return send(this.port, { host: hostOf(name), ...request });
  }

  async echo(name: string, request: Request = {}): Promise<ReturnType<typeof echo>> {
    return echo(await this.send(name, request));
  }

  /** Backends' names by request, or the status when none has answered. */
  async answers(name: string, requests: readonly (Request | string)[]): Promise<(string | number)[]> {
    const found: (string | number)[] = [];
    for (const request of requests) {
      const answer = await this.send(name, typeof request === 'string' ? { path: request } : request);
      found.push(answer.status === 200 ? echo(answer).backend : answer.status);
    }
    return found;
  }

  proxies(): ProxyDetailsJson[] {
    const list = proxyList(this.controller.fleet.connected(), 'test', systemClock);
    return [...list].map((proxy) => ({ ...proxy, resources: [...(proxy.resources ?? [])] }));
  }

  async rejected(): Promise<number> {
    const { values } = await this.metrics.nacks.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  async sent(): Promise<number> {
    return Object.values(await this.sentByType()).reduce((sum, count) => sum + count, 0);
  }

  async sentByType(): Promise<Record<string, number>> {
    const { values } = await this.metrics.resourcesSent.get();
    const sent = values.flatMap(({ labels, value }) => (value > 0 ? [[String(labels.type), value]] : []));
    return Object.fromEntries(sent);
  }

  async startControlPlane(): Promise<void> {
    this.metrics = createMetrics();
    const { wasm } = this.#options;
    const fetches = wasm && this.#fetchesOf(wasm);
    const surroundings: Surroundings = {
      log: this.log,
      metrics: this.metrics,
      clock: systemClock,
      ...fetches?.surroundings,
    };
    this.#fetches = fetches;
    const config = configOf(this.#xdsPort, this.#options);
    const pools = this.#options.tamper && {
      endpoints: inlinePool,
      config: new TamperedPool(inlinePool, this.#options.tamper),
    };
    const controlPlane = new ControlPlane(
      config,
      surroundings,
      'sluice-test',
      this.#options.tls?.identity,
      pools,
    );
    this.#controlPlane = controlPlane;
    this.#xdsPort = await controlPlane.listen();
    controlPlane.controller.apply([...this.#rows.values()].map((row) => ({ kind: 'put', row })));
    controlPlane.controller.sourcesComplete();
  }

  #fetchesOf(wasm: object): Fetches {
    const loaded = configFrom({ provider: { type: 'file', file: { directory: tmpdir() } }, wasm }, tmpdir());
    if (loaded.kind === 'error') throw new Error(loaded.line);
    return new Fetches({
      log: this.log,
      metrics: this.metrics,
      clock: systemClock,
      options: () => loaded.config,
      refused: () => [],
      onRow: (change) => this.#controlPlane?.controller.apply([change]),
    });
  }

  async stopControlPlane(): Promise<void> {
    await this.#fetches?.close();
    await this.#controlPlane?.close();
    this.#controlPlane = undefined;
    this.metrics.close();
  }

  /** Fails when Envoy has rejected or still waits for anything. */
  async close({ rejected = 'bug' }: { readonly rejected?: 'bug' | 'expected' } = {}): Promise<void> {
    try {
      if (rejected === 'bug') await this.#assertNothingRejected();
    } finally {
      await this.envoy.stop();
      await this.stopControlPlane();
      await Promise.all([...this.backends.values()].map((server) => server.close()));
    }
  }

  async #assertNothingRejected(): Promise<void> {
    const rejected = await this.envoy.stats('update_rejected$');
    const warming = await this.envoy.stats('warming_clusters$|total_listeners_warming$');
    const bad = [...rejected, ...warming].filter(([, value]) => value > 0);
    const nacks = await this.rejected();
    if (bad.length + nacks === 0) return;
    throw new Error(
      `Envoy rejected or waits for: ${JSON.stringify([nacks, ...bad])}\n${this.#explanation()}`,
    );
  }

  #put(manifests: readonly object[]): Row[] {
    const rows = manifests.map(rowOf);
    for (const row of rows) this.#rows.set(row.key, row);
    return rows;
  }

  #explanation(): string {
    const lines = this.log.lines.filter(({ level }) => level === 'warn' || level === 'error');
    const warnings = lines.map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
    return [...warnings.slice(-20), ...this.envoy.log.slice(-20)].join('\n');
  }
}

export function routeOf(name: string, rules: readonly object[]): object {
  return httpRoute(rules, { name, hostnames: [hostOf(name)] });
}

export function toService(name: string, path = '/'): object {
  return { matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs: [backend(name)] };
}

export function hostOf(name: string): string {
  return name.includes('.') || name.includes(':') ? name : `${name}.test`;
}

/** A slice has one port for all its addresses, so each server has a slice. */
function slice(name: string, index: number, server: EchoBackend | undefined): object {
  return endpointSlice(server === undefined ? [] : ['127.0.0.1'], {
    name: `${name}-${index}`,
    service: name,
    port: server?.port ?? 1,
  });
}

const gatewayName = 'default/web';
