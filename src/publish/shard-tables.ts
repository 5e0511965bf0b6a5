import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import { ShardTable } from './shard-table.ts';
import { WeightedNames } from './weighted-names.ts';

/** Shards of one view, by the name of their RouteConfiguration. */
export class ShardTables {
  readonly #tables = new WeightedNames<ShardTable>();
  readonly #rejected = new Map<string, ShardTable>();
  readonly #emptied = new Set<string>();
  readonly #onChange: (name: string, before: string | undefined) => void;

  /** `onChange` is called before another version than `before`, or none, is served. */
  constructor(onChange: (name: string, before: string | undefined) => void) {
    this.#onChange = onChange;
  }

  get all(): WeightedNames<ShardTable> {
    return this.#tables;
  }

  /** Those that are not served as wanted. */
  get rejected(): ReadonlyMap<string, ShardTable> {
    return this.#rejected;
  }

  /** Lists the parts of a domain that are served; undefined: none. */
  fragmentsOf(routeConfiguration: string, domain: string): Iterable<RouteFragment> | undefined {
    const table = this.#tables.get(routeConfiguration);
    return table?.servedName === undefined ? undefined : table.fragmentsOf(domain);
  }

  /** Takes a RouteConfiguration without the hosts of its domains. */
  add(header: XdsResource): void {
    this.#table(header.name).setHeader(header);
  }

  remove(name: string): void {
    this.#table(name).setHeader(undefined);
    this.noteState(name);
  }

  put(fragment: RouteFragment): void {
    this.#table(fragment.routeConfiguration).put(fragment);
    this.noteState(fragment.routeConfiguration);
  }

  delete(fragment: RouteFragment): void {
    this.#table(fragment.routeConfiguration).delete(fragment);
    this.noteState(fragment.routeConfiguration);
  }

  /** Called after every change of a shard, as no call goes through all. */
  noteState(name: string): void {
    const table = this.#tables.get(name);
    if (table?.rejected === true) this.#rejected.set(name, table);
    else this.#rejected.delete(name);
    if (table?.empty === true) this.#emptied.add(name);
  }

  /** Called when the changes have been published. O(shards that were emptied). */
  forgetEmpty(): void {
    for (const name of this.#emptied) {
      if (this.#tables.get(name)?.empty !== true) continue;
      this.#tables.delete(name);
      // No answer to a shard that does not exist comes, by which its rejection would end.
      this.#rejected.delete(name);
    }
    this.#emptied.clear();
  }

  #table(name: string): ShardTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new ShardTable(name, this.#onChange)));
    return table;
  }
}
