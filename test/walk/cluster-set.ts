import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import type { XdsMux } from './xds-mux.ts';

interface ClusterInstance {
  readonly version: string;
  readonly endpoints: string;
  /** From its own watch; a replacement starts without. */
  assignment: HeldResource | undefined;
  isInitialized: boolean;
}

/**
 * Each version of a cluster has an EDS watch of its own; a name that is watched already is not asked for again. A new
 * version needs endpoints that come after it. After its start, Envoy answers no CDS response while a cluster waits.
 * Rules: Envoy's `cluster_manager_impl.cc`, `cds_api_helper.cc`, `eds.cc`.
 */
export class ClusterSet {
  readonly active = new Map<string, ClusterInstance>();
  readonly warming = new Map<string, ClusterInstance>();
  readonly #mux: XdsMux;
  readonly #onStarted: () => void;
  #hasFirst = false;
  #isStarted = false;
  #isCdsPaused = false;

  /** `onStarted`: all clusters of the first response are in force. */
  constructor(mux: XdsMux, onStarted: () => void) {
    this.#mux = mux;
    this.#onStarted = onStarted;
  }

  /** CDS. A rejected response still brings its valid ones. */
  update(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    this.#hasFirst = true;
    this.#mux.pause('EDS');
    for (const [name, resource] of brought) this.#put(name, resource);
    for (const name of removed) {
      for (const instances of [this.active, this.warming]) {
        const instance = instances.get(name);
        if (instance === undefined) continue;
        instances.delete(name);
        this.#mux.subscription('EDS').unwatch(instance.endpoints);
      }
    }
    this.#settle();
    this.#mux.resume('EDS');
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

  /**
   * The stream ended. Endpoints in the next initial versions do not come again: Envoy's cache has them after
   * `initial_fetch_timeout`, here at once.
   */
  onStreamEnd(): void {
    const versions = this.#mux.find('EDS')?.versions;
    for (const [name, instance] of this.warming) {
      if (versions?.has(instance.endpoints) !== true) continue;
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
    const [endpoints = name] = resourceRefs('CDS', version, bytes).EDS;
    this.#mux.subscription('EDS').watch(endpoints);
    const replaced = target.get(name);
    if (replaced !== undefined) this.#mux.subscription('EDS').unwatch(replaced.endpoints);
    target.set(name, { version, endpoints, assignment: undefined, isInitialized: false });
  }

  #settle(): void {
    for (const [name, instance] of this.warming) {
      if (!instance.isInitialized) continue;
      this.warming.delete(name);
      const replaced = this.active.get(name);
      if (replaced !== undefined) this.#mux.subscription('EDS').unwatch(replaced.endpoints);
      this.active.set(name, instance);
    }
    if (!this.#isStarted) {
      if (!this.#hasFirst || [...this.active.values()].some(({ isInitialized }) => !isInitialized)) return;
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
