import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import type { ListenerSet } from './listener-set.ts';
import type { Wanted } from './wanted.ts';
import type { XdsMux } from './xds-mux.ts';

export interface HostSecretsOptions {
  readonly listeners: ListenerSet;
  readonly mux: XdsMux;
  readonly wanted: Wanted;
  /** Called when requests fail. */
  readonly failure: (problem: string, where: string) => void;
}

/** Secrets that virtual hosts name, such as credentials: Envoy watches each while a host in force names it, and waits for none. */
export class HostSecrets {
  readonly #options: HostSecretsOptions;
  #watched: ReadonlySet<string> = new Set();

  constructor(options: HostSecretsOptions) {
    this.#options = options;
  }

  /** Called when hosts or their tables have changed. */
  update(): void {
    const { listeners, mux } = this.#options;
    const named = new Set(listeners.tables.entries().flatMap(([, resource]) => secretsIn(resource)));
    mux.pause('SDS');
    for (const name of named) if (!this.#watched.has(name)) mux.subscription('SDS').watch(name);
    for (const name of this.#watched) if (!named.has(name)) listeners.release('SDS', name);
    this.#watched = named;
    mux.resume('SDS');
  }

  /** Called when a response of SDS removes names. Hosts that are not wanted, or rejected in newer versions, do not count. */
  onRemoved(removed: readonly string[]): void {
    const { listeners, wanted, failure } = this.#options;
    if (removed.length === 0 || wanted.view()?.rejectsUses === true) return;
    for (const [host, resource] of listeners.tables.entries()) {
      if (wanted.version('VHDS', host) === undefined) continue;
      for (const secret of secretsIn(resource))
        if (removed.includes(secret)) failure(`names Secret ${secret}, which is removed`, host);
    }
  }
}

function secretsIn({ version, bytes }: HeldResource): readonly string[] {
  return resourceRefs('VHDS', version, bytes).SDS;
}
