import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import type { XdsMux } from './xds-mux.ts';

interface ClusterInstance {
  readonly version: string;
  /** Undefined: it has no endpoints by xDS. */
  readonly endpoints: string | undefined;
  readonly secrets: readonly string[];
  /** Secrets that have not come since the cluster. */
  readonly awaited: Set<string>;
  /** From its own watch; a replacement starts without. */
  assignment: HeldResource | undefined;
  isInitialized: boolean;
}

/**
 * Each version of a cluster has an EDS watch of its own; a name that is watched already is not asked for again. A new
 * version needs endpoints and Secrets that come after it; Envoy shares Secrets, but a server must not rely on it. After its start, Envoy answers no CDS response while a cluster waits.
 * Rules: Envoy's `cluster_manager_impl.cc`, `cds_api_helper.cc`, `eds.cc`.
 */
export class ClusterSet {
  readonly active = new Map<string, ClusterInstance>();
  readonly warming = new Map<string, ClusterInstance>();
  readonly #mux: XdsMux;
  readonly #onStarted: () => void;
  readonly #release: (secret: string) => void;
  #hasFirst = false;
  #isStarted = false;
  #isCdsPaused = false;

  /** `onStarted`: all clusters of the first response are in force. `release` ends a watch of a Secret. */
  constructor(mux: XdsMux, onStarted: () => void, release: (secret: string) => void) {
    this.#mux = mux;
    this.#onStarted = onStarted;
    this.#release = release;
  }

  /** CDS. A rejected response still brings its valid ones. */
  update(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    this.#hasFirst = true;
    for (const service of ['EDS', 'SDS'] as const) this.#mux.pause(service);
    for (const [name, resource] of brought) this.#put(name, resource);
    for (const name of removed) {
      for (const instances of [this.active, this.warming]) {
        const instance = instances.get(name);
        if (instance === undefined) continue;
        instances.delete(name);
        this.#unwatch(instance);
      }
    }
    this.#settle();
    for (const service of ['EDS', 'SDS'] as const) this.#mux.resume(service);
  }

  /** EDS. A removal takes no endpoint away; it only ends the wait. */
  setEndpoints(name: string, assignment: HeldResource | undefined): void {
    for (const instances of [this.active, this.warming]) {
      for (const instance of instances.values()) {
        if (instance.endpoints !== name) continue;
        instance.assignment = assignment ?? instance.assignment;
        instance.isInitialized = true;
      }
    }
  }

  /** Called after a rejected EDS response: Envoy ends every wait, even for names that were not in it. */
  endpointsFailed(): void {
    for (const instances of [this.active, this.warming]) {
      for (const instance of instances.values()) instance.isInitialized = true;
    }
  }

  setSecret(name: string): void {
    for (const instances of [this.active, this.warming])
      for (const { awaited } of instances.values()) awaited.delete(name);
  }

  /** Called after a rejected SDS response, as for endpoints. */
  secretsFailed(): void {
    for (const instances of [this.active, this.warming])
      for (const { awaited } of instances.values()) awaited.clear();
  }

  /**
   * The stream ended. Endpoints in the next initial versions do not come again: Envoy's cache has them after
   * `initial_fetch_timeout`, here at once.
   */
  onStreamEnd(): void {
    const versions = this.#mux.find('EDS')?.versions;
    for (const [name, instance] of this.warming) {
      for (const secret of instance.awaited)
        if (this.#mux.find('SDS')?.versions.has(secret) === true) instance.awaited.delete(secret);
      if (instance.endpoints === undefined || versions?.has(instance.endpoints) !== true) continue;
      instance.assignment = this.active.get(name)?.assignment;
      instance.isInitialized = true;
    }
    this.#settle();
  }

  /** Clusters that have all that they waited for. */
  settle(): void {
    this.#settle();
  }

  #put(name: string, { version, bytes }: HeldResource): void {
    const known = this.warming.get(name) ?? this.active.get(name);
    if (known?.version === version) return;
    const target = this.#isStarted ? this.warming : this.active;
    const { EDS: named, SDS: secrets } = resourceRefs('CDS', version, bytes);
    const [endpoints] = named;
    if (endpoints !== undefined) this.#mux.subscription('EDS').watch(endpoints);
    for (const secret of secrets) this.#mux.subscription('SDS').watch(secret);
    const replaced = target.get(name);
    if (replaced !== undefined) this.#unwatch(replaced);
    target.set(name, {
      version,
      endpoints,
      secrets,
      awaited: new Set(secrets),
      assignment: undefined,
      isInitialized: endpoints === undefined,
    });
  }

  #unwatch({ endpoints, secrets }: ClusterInstance): void {
    if (endpoints !== undefined) this.#mux.subscription('EDS').unwatch(endpoints);
    for (const secret of secrets) this.#release(secret);
  }

  #settle(): void {
    for (const [name, instance] of this.warming) {
      if (!isReady(instance)) continue;
      this.warming.delete(name);
      const replaced = this.active.get(name);
      if (replaced !== undefined) this.#unwatch(replaced);
      this.active.set(name, instance);
    }
    if (!this.#isStarted) {
      if (!this.#hasFirst || [...this.active.values()].some((one) => !isReady(one))) return;
      this.#isStarted = true;
      this.#onStarted();
    }
    const isWaiting = this.warming.size > 0;
    if (isWaiting === this.#isCdsPaused) return;
    this.#isCdsPaused = isWaiting;
    if (isWaiting) this.#mux.pause('CDS');
    else this.#mux.resume('CDS');
  }
}

function isReady({ isInitialized, awaited }: ClusterInstance): boolean {
  return isInitialized && awaited.size === 0;
}
