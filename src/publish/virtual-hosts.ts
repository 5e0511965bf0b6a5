import type { RouteFragment } from '../batch/outcome.ts';
import { routeConfigurationOf, virtualHostName } from '../units/virtual-host-name.ts';
import { VirtualHost } from './virtual-host.ts';
import { WeightedNames } from './weighted-names.ts';

/** VirtualHosts of one view, by name and by RouteConfiguration. */
export class VirtualHosts {
  readonly #hosts = new WeightedNames<VirtualHost>();
  readonly #byTable = new Map<string, Set<string>>();
  readonly #rejected = new Set<VirtualHost>();
  readonly #emptied = new Set<string>();
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called before another version than `before`, or none, is served. */
  constructor(onChange: (name: string, before: string | undefined) => void) {
    this.#onChange = onChange;
  }

  get all(): WeightedNames<VirtualHost> {
    return this.#hosts;
  }

  /** VirtualHosts that are not served as wanted. */
  get rejected(): ReadonlySet<VirtualHost> {
    return this.#rejected;
  }

  /** Lists the names of those that are served in one RouteConfiguration. */
  *namesOf(routeConfiguration: string): Generator<string> {
    for (const name of this.#byTable.get(routeConfiguration) ?? [])
      if (this.#hosts.get(name)?.servedName !== undefined) yield name;
  }

  /** Lists the parts of a domain that are served; undefined: none. */
  fragmentsOf(routeConfiguration: string, domain: string): Iterable<RouteFragment> | undefined {
    const host = this.#hosts.get(virtualHostName(routeConfiguration, domain));
    return host?.servedName === undefined ? undefined : host.fragments;
  }

  put(fragment: RouteFragment): void {
    const { routeConfiguration, domain } = fragment;
    const name = virtualHostName(routeConfiguration, domain);
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = new VirtualHost(name, domain, this.#onChange);
      this.#hosts.set(name, host);
      const names = this.#byTable.get(routeConfiguration);
      if (names === undefined) this.#byTable.set(routeConfiguration, new Set([name]));
      else names.add(name);
    }
    host.put(fragment);
    this.noteState(name);
  }

  delete(fragment: RouteFragment): void {
    const name = virtualHostName(fragment.routeConfiguration, fragment.domain);
    this.#hosts.get(name)?.delete(fragment);
    this.noteState(name);
  }

  /** Called after every change of a host: a fleet has thousands, and no call goes through all. */
  noteState(name: string): void {
    const host = this.#hosts.get(name);
    if (host === undefined) return;
    if (host.rejected) this.#rejected.add(host);
    else this.#rejected.delete(host);
    if (host.isWithoutParts) this.#emptied.add(name);
  }

  /** Called when the changes have been published. */
  forgetEmpty(): void {
    for (const name of this.#emptied) {
      const host = this.#hosts.get(name);
      if (host?.isWithoutParts !== true) continue;
      this.#hosts.delete(name);
      // No answer to a host that does not exist comes, by which its rejection would end.
      this.#rejected.delete(host);
      const table = routeConfigurationOf(name);
      const names = this.#byTable.get(table);
      names?.delete(name);
      if (names?.size === 0) this.#byTable.delete(table);
    }
    this.#emptied.clear();
  }
}
