import { createHash } from 'node:crypto';
import { resourceKey, type ResourceKey } from '../../src/lib/key.ts';
import type { SettingsRow } from '../../src/kinds/own/settings.ts';
import { wasmModuleRow, type WasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import type { DeltaClient } from './delta-client.ts';
import { endpointSlice, gateway, gatewayClass, httpListener, service } from './manifests.ts';
import { Pipeline, type Condition } from './pipeline.ts';

const base = [gatewayClass(), gateway([httpListener()]), service(), endpointSlice(['10.0.0.1'])];

/** A Gateway whose routes have an EnvoyExtensionPolicy, and its proxy. */
export class PolicyScene {
  readonly pipeline: Pipeline;
  readonly client: DeltaClient;

  private constructor(pipeline: Pipeline, client: DeltaClient) {
    this.pipeline = pipeline;
    this.client = client;
  }

  static async with(
    manifests: readonly object[],
    { modules = [], ...settings }: Partial<SettingsRow> & { readonly modules?: readonly Uint8Array[] } = {},
  ): Promise<PolicyScene> {
    const byHash = new Map(
      modules.map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes] as const),
    );
    const module = (sha256: string): Uint8Array | undefined => byHash.get(sha256);
    const pipeline = await Pipeline.started([...base, ...manifests], { module, settings });
    return new PolicyScene(pipeline, await pipeline.connected());
  }

  async apply(...manifests: readonly object[]): Promise<void> {
    for (const manifest of manifests) this.pipeline.apply(manifest);
    await this.pipeline.drain();
  }

  /** The keeper of modules has found this out. */
  async know(key: ResourceKey, row: WasmModuleRow): Promise<void> {
    this.pipeline.controller.apply([{ kind: 'put', row: wasmModuleRow(key, row) }]);
    await this.pipeline.drain();
  }

  /** What a request for the host is answered by, and the plugins that run on it. */
  route(host: string): { status: number | undefined; plugins: string[] } {
    const found = this.#route(host);
    return {
      status: found?.directResponse?.status,
      plugins: Object.keys(found?.typedPerFilterConfig ?? {}),
    };
  }

  /** What the route of a host has for a plugin. */
  configOf(host: string, plugin: string): unknown {
    return this.#route(host)?.typedPerFilterConfig?.[plugin];
  }

  /** The HTTP filters of the listener, by name. */
  filters(): string[] {
    const listener = JSON.stringify(this.client.json('LDS', 'default/web/80'));
    return [...listener.matchAll(/"name":"((?:lua|ext_proc|wasm)\/[^"]*)"/g)].map(([, name = '']) => name);
  }

  condition(type: string, policy = 'plugins'): Condition | undefined {
    const status = this.pipeline.controller.status(resourceKey('EnvoyExtensionPolicy', 'default', policy));
    const { ancestors } = status as { ancestors: { conditions: Condition[] }[] };
    return ancestors[0]?.conditions.find((condition) => condition.type === type);
  }

  #route(host: string): RouteJson | undefined {
    const [name = ''] = this.client.names('RDS');
    const { virtualHosts } = this.client.json('RDS', name) as unknown as {
      virtualHosts: { domains: string[]; routes: RouteJson[] }[];
    };
    return virtualHosts.find(({ domains }) => domains.includes(host))?.routes[0];
  }
}

interface RouteJson {
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<Record<string, unknown>>;
}
