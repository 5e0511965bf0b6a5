import { converge } from '../../rig/envoy/converge.ts';
import type { NetworkFault } from '../../rig/load/fault-proxy.ts';
import { plugin, pluginHeader } from '../../rig/wasm/plugin.ts';
import { ClusterRegistry } from '../cluster-registry.ts';
import { httpRoute, toService, wasmPolicy } from '../manifests.ts';
import type { TestNamespace } from '../test-namespace.ts';
import { installEnvoyCrds } from '../sluice.ts';
import { app } from './rollout-namespace.ts';

export type RegistryState = 'healthy' | 'hung' | 'failing';

export class PluggedRoute {
  readonly #ns: TestNamespace;
  readonly #registry: ClusterRegistry;
  #state: RegistryState = 'healthy';

  private constructor(ns: TestNamespace, registry: ClusterRegistry) {
    this.#ns = ns;
    this.#registry = registry;
  }

  /** The route without its plugin. One whose registry is healthy has it when this resolves. */
  static async raise(ns: TestNamespace, state: RegistryState): Promise<PluggedRoute> {
    await installEnvoyCrds(ns.kube, 'EnvoyExtensionPolicy');
    const registry = await ClusterRegistry.start(ns);
    const route = new PluggedRoute(ns, registry);
    await registry.push('v1', await plugin('one'));
    await ns.apply(httpRoute('plugged', host, [toService(app.name)]));
    route.turn(state);
    if (state === 'healthy') {
      await route.plug();
      await converge(async () => (await ns.ask(host)).headers.get(pluginHeader) !== undefined);
    }
    return route;
  }

  get state(): RegistryState {
    return this.#state;
  }

  turn(state: RegistryState): void {
    this.#state = state;
    this.#registry.fault = faults[state];
  }

  async plug(): Promise<void> {
    await this.#ns.apply(wasmPolicy('plugged', 'plugged', this.#registry.code('v1')));
  }

  async close(): Promise<void> {
    await this.#registry.close();
  }
}

const host = 'plugged.test';

const faults: Readonly<Record<RegistryState, NetworkFault>> = {
  healthy: { kind: 'none' },
  hung: { kind: 'hang' },
  failing: { kind: 'reset' },
};
