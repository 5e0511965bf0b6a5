import { artifact } from '../rig/wasm/wasm-image.ts';
import { FaultProxy, type NetworkFault } from '../rig/load/fault-proxy.ts';
import { DockerRegistry, registryUser, type Password } from '../rig/wasm/docker-registry.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { endpointSlice, service } from './manifests.ts';
import type { TestNamespace } from './test-namespace.ts';

/** A registry with TLS and a password that pods reach by a Service, through a proxy that fails on request. */
export class ClusterRegistry {
  readonly #ns: TestNamespace;
  readonly #registry: DockerRegistry;
  #proxy: FaultProxy | undefined;

  private constructor(ns: TestNamespace) {
    this.#ns = ns;
    this.#registry = new DockerRegistry(`${serviceName}.${ns.namespace}.svc.cluster.local`);
  }

  /** `address`: one of 172.30.255.0/24 that no other test uses. */
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

  /** Affects new connections alone. */
  set fault(fault: NetworkFault) {
    if (this.#proxy !== undefined) this.#proxy.fault = fault;
  }

  letIn(password: Password): void {
    this.#registry.letIn(password);
  }

  /** Pushes directly, past the failing proxy. */
  async push(tag: string, module: Uint8Array): Promise<void> {
    await this.#registry.push(repository, tag, artifact(module));
  }

  async setPassword(password: Password): Promise<void> {
    await this.#ns.apply(pullSecret(this.#host, password));
  }

  code(tag: string): object {
    const image = {
      url: `oci://${this.#host}/${repository}:${tag}`,
      pullSecretRef: { name: serviceName },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: serviceName } },
    };
    return { type: 'Image', image };
  }

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

/** Chart values with the shortest registry intervals: a test cannot wait for minutes. */
export const askingOften = ['ttlMs', 'maxRetryMs', 'maxProbeMs'].map((name) => `config.wasm.${name}=1000`);

const serviceName = 'registry';
const repository = 'team/plugin';

/** The chart's NetworkPolicy lets Sluice reach this port. */
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
