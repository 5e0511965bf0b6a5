import { createHash } from 'node:crypto';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import type { Settings } from '../../../src/kinds/own/settings.ts';
import { wasmModuleRow, type WasmModuleRow } from '../../../src/kinds/own/wasm-module.ts';
import { filterSlots } from '../../../src/units/filter-slot.ts';
import type { DeltaClient } from '../xds/delta-client.ts';
import { endpointSlice, gateway, gatewayClass, httpListener, service } from '../objects/manifests.ts';
import { Pipeline, type Condition } from './pipeline.ts';

const base = [gatewayClass(), gateway([httpListener()]), service(), endpointSlice(['10.0.0.1'])];

/** A Gateway whose routes have an EnvoyExtensionPolicy, and its proxy. */
export class PolicyFixture {
  readonly pipeline: Pipeline;
  readonly client: DeltaClient;

  private constructor(pipeline: Pipeline, client: DeltaClient) {
    this.pipeline = pipeline;
    this.client = client;
  }

  static async with(
    manifests: readonly object[],
    { modules = [], ...settings }: Partial<Settings> & { readonly modules?: readonly Uint8Array[] } = {},
  ): Promise<PolicyFixture> {
    const byHash = new Map(
      modules.map((bytes) => [createHash('sha256').update(bytes).digest('hex'), bytes] as const),
    );
    const module = (sha256: string): Uint8Array | undefined => byHash.get(sha256);
    const pipeline = await Pipeline.started([...base, ...manifests], { module, settings });
    return new PolicyFixture(pipeline, await pipeline.connected());
  }

  async apply(...manifests: readonly object[]): Promise<void> {
    for (const manifest of manifests) this.pipeline.apply(manifest);
    await this.pipeline.drain();
  }

  async know(key: ResourceKey, row: WasmModuleRow): Promise<void> {
    this.pipeline.controller.apply([{ kind: 'put', row: wasmModuleRow(key, row) }]);
    await this.pipeline.drain();
  }

  /** Returns the status of the answer to a request for the host, and the plugins that run on it. */
  route(host: string): { status: number | undefined; plugins: string[] } {
    const found = this.#route(host);
    const state = found?.typedPerFilterConfig?.['sluice.choice']?.onRequestHeaders ?? [];
    const [slot = '', chain = ''] = state.map(
      ({ formatString }) => formatString.textFormatSource.inlineString,
    );
    return {
      status: found?.directResponse?.status,
      plugins: slot === '' ? [] : (this.#chains(slot).get(chain) ?? []).map(({ name }) => name),
    };
  }

  plugin(name: string): unknown {
    return this.#plugins().find((plugin) => plugin.name === name)?.typedConfig;
  }

  plugins(): string[] {
    return [...new Set(this.#plugins().map(({ name }) => name))].sort(compareNumbers);
  }

  #plugins(): PluginJson[] {
    return filterSlots.plugins.flatMap((slot) => [...this.#chains(slot).values()].flat());
  }

  #chains(slot: string): Map<string, PluginJson[]> {
    const { typedConfig } = this.client.json('ECDS', slot) as unknown as { typedConfig: SlotJson };
    const { map } = typedConfig.matcher.matcherTree.exactMatchMap;
    return new Map(
      Object.entries(map).flatMap(([chain, { action }]) =>
        chain === '' ? [] : [[chain, action.typedConfig.filterChain.typedConfig]],
      ),
    );
  }

  condition(type: string, policy = 'plugins', namespace = 'default'): Condition | undefined {
    const key = resourceKey('EnvoyExtensionPolicy', namespace, policy);
    const status = this.pipeline.controller.status(key);
    const { ancestors } = status as { ancestors: { conditions: Condition[] }[] };
    return ancestors[0]?.conditions.find((condition) => condition.type === type);
  }

  #route(host: string): RouteJson | undefined {
    const [name = ''] = this.client.names('RDS');
    const { virtualHosts } = this.client.routes(name) as unknown as {
      virtualHosts: { domains: string[]; routes: RouteJson[] }[];
    };
    return virtualHosts.find(({ domains }) => domains.includes(host))?.routes[0];
  }
}

interface RouteJson {
  readonly directResponse?: { readonly status: number };
  readonly typedPerFilterConfig?: Readonly<
    Record<string, { readonly onRequestHeaders?: readonly StateJson[] }>
  >;
}

interface StateJson {
  readonly formatString: { readonly textFormatSource: { readonly inlineString: string } };
}

interface SlotJson {
  readonly matcher: {
    readonly matcherTree: { readonly exactMatchMap: { readonly map: Readonly<Record<string, EntryJson>> } };
  };
}

interface EntryJson {
  readonly action: { readonly typedConfig: { readonly filterChain: { readonly typedConfig: PluginJson[] } } };
}

interface PluginJson {
  readonly name: string;
  readonly typedConfig: unknown;
}

function compareNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
