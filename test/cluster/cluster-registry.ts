import { artifact } from '../rig/wasm/wasm-image.ts';
import { FaultProxy, type NetworkFault } from '../rig/load/fault-proxy.ts';
import { DockerRegistry, registryUser, type Password } from '../rig/wasm/docker-registry.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { endpointSlice, service } from './manifests.ts';
import type { TestNamespace } from './test-namespace.ts';

/**
 * A registry of container images that pods reach by a Service of the namespace: with TLS and a password, and
 * through a proxy that fails as it is told to, at any time.
 */
export class ClusterRegistry {
  readonly #ns: TestNamespace;
  readonly #registry: DockerRegistry;
  #proxy: FaultProxy | undefined;

  private constructor(ns: TestNamespace) {
    this.#ns = ns;
    this.#registry = new DockerRegistry(`${serviceName}.${ns.namespace}.svc.cluster.local`);
  }

  /** `address`: one of 172.30.255.0/24 that nobody else has. */
  static async start(ns: TestNamespace, address = '172.30.255.50'): Promise<ClusterRegistry> {
    const registry = new ClusterRegistry(ns);
    try {
      await registry.#open(address);
    } catch (error) {
      await registry.close();
      throw error;
    }
    return registry;
  }

  /** Holds what happens to connections from now on; those that there are stay as they are. */
  set fault(fault: NetworkFault) {
    if (this.#proxy !== undefined) this.#proxy.fault = fault;
  }

  /** From now on this password is the one that is right. */
  letIn(password: Password): void {
    this.#registry.letIn(password);
  }

  /** The module under the tag, whatever the tag was before. Not by way of the proxy. */
  async push(tag: string, module: Uint8Array): Promise<void> {
    await this.#registry.push(repository, tag, artifact(module));
  }

  /** The Secret that policies log in with. */
  async setPassword(password: Password): Promise<void> {
    await this.#ns.apply(pullSecret(this.#host, password));
  }

  /** Returns what a plugin of a policy has for its `code`. */
  code(tag: string): object {
    const image = {
      url: `oci://${this.#host}/${repository}:${tag}`,
      pullSecretRef: { name: serviceName },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: serviceName } },
    };
    return { type: 'Image', image };
  }

  /** Its objects go with the namespace. */
  async close(): Promise<void> {
    await this.#proxy?.close();
    await this.#registry.close();
  }

  get #host(): string {
    return `${this.#registry.name}:${port}`;
  }

  async #open(address: string): Promise<void> {
    await this.#registry.start();
    this.#proxy = await new FaultProxy(this.#registry.port).start(address);
    const authorities = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: serviceName },
      data: { 'ca.crt': this.#registry.ca },
    };
    await this.#ns.apply(
      registryService,
      endpointSlice(serviceName, [address], { port: this.#proxy.port }),
      authorities,
    );
    await this.setPassword('right');
  }
}

/** Values of the chart by which Sluice asks registries as often as it can be told to: a test has no minutes to wait. */
export const askingOften = ['ttlMs', 'maxRetryMs', 'maxProbeMs'].map((name) => `config.wasm.${name}=1000`);

/** Name of the Service and of its objects. */
const serviceName = 'registry';
const repository = 'team/plugin';

/** One that the chart's NetworkPolicy lets Sluice reach. */
const port = 5000;

const registryService = service(serviceName, { selector: null, ports: [{ port }] });

function pullSecret(host: string, password: Password): Manifest {
  const config = JSON.stringify({ auths: { [host]: { username: registryUser, password } } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: serviceName },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  };
}
