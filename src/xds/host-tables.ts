import { typeUrl, type TypeUrl } from '../publish/type-table.ts';
import type { View } from '../publish/view.ts';
import type { Difference } from './acked-versions.ts';
import { noVirtualHost, routeConfigurationOf } from '../units/virtual-host-name.ts';
import { isShard } from '../units/route-shard.ts';
import type { TypeState, Wanted } from './type-state.ts';

/**
 * RouteConfigurations that one client has, whose VirtualHosts it can take. Envoy drops hosts of any other one in silence,
 * though it ACKs them and names them again when it reconnects; it asks for the hosts of none but its first
 * RouteConfiguration; and a listener waits until a response names a host of its own.
 *
 * So all hosts of a RouteConfiguration go right behind it when a client has newly asked for it, whatever the client has
 * named before.
 */
export class HostTables {
  readonly #states: ReadonlyMap<TypeUrl, TypeState>;
  readonly #present = new Set<string>();
  /** Those that were sent before the client asked for hosts. */
  readonly #early = new Set<string>();

  constructor(states: ReadonlyMap<TypeUrl, TypeState>) {
    this.#states = states;
  }

  has(host: string): boolean {
    return this.#present.has(routeConfigurationOf(host));
  }

  /** Returns what the client is to have of hosts. */
  wanted(wanted: Wanted): Wanted {
    return {
      get: (host) => (this.has(host) ? wanted.get(host) : undefined),
      clientKeeps: (host) => (this.has(host) ? wanted.clientKeeps(host) : this.mayBeUsed(host)),
    };
  }

  /**
   * True for a host whose RouteConfiguration the client asks for. Envoy may have one that it has rejected or does not
   * name; all hosts go behind that one later, so none is removed before.
   */
  mayBeUsed(host: string): boolean {
    return this.#states.get(typeUrl.route)?.subscription.wants(routeConfigurationOf(host)) ?? true;
  }

  /** Called when a client that reconnects names the RouteConfiguration with a version: it has its hosts too. */
  restored(name: string): void {
    this.#present.add(name);
  }

  /**
   * Called when the client asks for some as for new ones, or rejects their first version: it has no hosts of them. It
   * still names those that it had, which are compared when its RouteConfiguration is sent. O(hosts that it lacks).
   */
  absent(names: ReadonlySet<string>): void {
    this.#drop(names, ({ version }) => version === undefined);
  }

  #drop(names: ReadonlySet<string>, isForgotten: (host: Difference) => boolean): void {
    if (names.size === 0) return;
    for (const name of names) {
      this.#present.delete(name);
      this.#early.delete(name);
    }
    const hosts = this.#hosts;
    if (hosts === undefined) return;
    for (const host of hosts.due) {
      if (!names.has(routeConfigurationOf(host))) continue;
      hosts.due.delete(host);
      hosts.forced.delete(host);
    }
    for (const [host, difference] of lacking(hosts))
      if (names.has(routeConfigurationOf(host)) && isForgotten(difference)) hosts.forget(host);
  }

  /** Called when the client ends subscriptions: Envoy still names the hosts after a reconnect, until a removal. */
  left(names: ReadonlySet<string>, view: View | undefined): void {
    if (names.size === 0) return;
    const hosts = this.#hosts;
    const held = new Set<string>();
    for (const [host, { version }] of hosts === undefined ? [] : lacking(hosts))
      if (version !== undefined && names.has(routeConfigurationOf(host))) held.add(host);
    for (const name of names) {
      for (const host of this.#present.has(name) ? (view?.hostsOf(name) ?? []) : [])
        if (hosts?.acked.has(host) === true) held.add(host);
    }
    this.#drop(names, () => true);
    for (const host of held) hosts?.said.add(host);
  }

  /** Called when RouteConfigurations were sent. */
  sent(names: ReadonlySet<string>, view: View, now: number): void {
    // A shard has its hosts inside.
    const fresh = new Set([...names.difference(this.#present)].filter((name) => !isShard(name)));
    for (const name of fresh) {
      this.#present.add(name);
      if (this.#hosts === undefined) this.#early.add(name);
    }
    this.#push(fresh, view, now);
  }

  /**
   * Called when RouteConfigurations were published. While the view lacks one, the client keeps its hosts; when it is
   * there again, those that the view still lacks have to be removed. O(differences) then.
   */
  published(names: { readonly size: number; has(name: string): boolean }): void {
    const hosts = this.#hosts;
    if (hosts === undefined || names.size === 0) return;
    for (const [host, { version }] of lacking(hosts))
      if (version !== undefined && names.has(routeConfigurationOf(host))) hosts.due.add(host);
  }

  /** Called with the client's first request for hosts. */
  started(view: View | undefined, now: number): void {
    if (view !== undefined) this.#push(this.#early, view, now);
    this.#early.clear();
  }

  /** Called with the client's first request for RouteConfigurations, before which it may have hosts of any. */
  routesKnown(view: View | undefined, now: number): void {
    const hosts = this.#hosts;
    if (hosts === undefined) return;
    const named = lacking(hosts);
    for (const [host, { version }] of named) {
      hosts.acked.set(host, version, now);
      hosts.due.add(host);
    }
    for (const host of this.#present.values().flatMap((name) => view?.hostsOf(name) ?? [])) {
      if (named.has(host)) continue;
      hosts.acked.set(host, undefined, now);
      hosts.due.add(host);
    }
  }

  get #hosts(): TypeState | undefined {
    return this.#states.get(typeUrl.virtualHost);
  }

  /** O(hosts of these, and hosts that the client lacks). */
  #push(names: ReadonlySet<string>, view: View, now: number): void {
    const hosts = this.#hosts;
    if (hosts === undefined) return;
    // Others that it may have are compared.
    this.published(names);
    for (const name of names) {
      let isEmpty = true;
      for (const host of view.hostsOf(name)) {
        isEmpty = false;
        hosts.said.delete(host);
        hosts.rejected.delete(host);
        hosts.acked.set(host, undefined, now);
        hosts.force(host);
      }
      if (isEmpty) hosts.said.add(noVirtualHost(name));
    }
  }
}

/** Returns the hosts of which the client lacks the published version, each with the version that it has. */
function lacking({ acked }: TypeState): ReadonlyMap<string, Difference> {
  return new Map(acked.differences());
}
