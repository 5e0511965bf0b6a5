import { services, type Service } from '../rig/xds/xds-types.ts';
import type { ClusterSet } from './cluster-set.ts';
import type { ListenerSet } from './listener-set.ts';
import type { Wanted } from './wanted.ts';
import type { XdsMux } from './xds-mux.ts';

export interface UnsaidOptions {
  readonly clusters: ClusterSet;
  readonly listeners: ListenerSet;
  readonly mux: XdsMux;
  readonly wanted: Wanted;
}

/** Clusters, listeners and hosts that a proxy has and did not name on its stream: the server cannot remove them. */
export class Unsaid {
  readonly #options: UnsaidOptions;
  readonly #keys = new Set<string>();

  constructor(options: UnsaidOptions) {
    this.#options = options;
  }

  clear(): void {
    this.#keys.clear();
  }

  /** Notes names that Envoy leaves out, also those of a rejected response, which it did not record. */
  note(service: Service, claimed: ReadonlyMap<string, string>): void {
    for (const name of this.#ownedBy(service)) if (!claimed.has(name)) this.#keys.add(`${service} ${name}`);
  }

  has(service: Service, name: string): boolean {
    return this.#keys.has(`${service} ${name}`);
  }

  /** Returns true for a name in force that the proxy did not name on this stream and that is not wanted. */
  keeps(service: Service, name: string): boolean {
    return this.has(service, name) && this.#options.wanted.version(service, name) === undefined;
  }

  get keepsAny(): boolean {
    return [...this.#keys].some((key) => {
      const name = key.slice(key.indexOf(' ') + 1);
      return services.some((service) => key.startsWith(`${service} `) && this.keeps(service, name));
    });
  }

  #ownedBy(service: Service): readonly string[] {
    const { clusters, listeners, mux } = this.#options;
    if (service === 'VHDS')
      return [...listeners.tables.hosts(), ...(mux.find(service)?.versions.keys() ?? [])];
    if (service !== 'CDS' && service !== 'LDS') return [];
    const { active, warming } = service === 'CDS' ? clusters : listeners;
    return [...active.keys(), ...warming.keys()];
  }
}
