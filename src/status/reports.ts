import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';

/**
 * Wanted status of every object of Sluice's, as translation reported it, and the number of routes of each listener.
 *
 * A route's own report names its listeners, so that its change counts in O(1) and translates no Gateway.
 */
export class Reports {
  readonly #status = new Map<ResourceKey, string>();
  readonly #attached = new Map<string, number>();
  readonly #onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void;
  readonly #onAttached: (listener: string) => void;

  /** `onChange` is called for each changed status, as JSON; `onAttached` for each listener whose count has changed. */
  constructor(
    onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void,
    onAttached: (listener: string) => void = () => {},
  ) {
    this.#onChange = onChange;
    this.#onAttached = onAttached;
  }

  /** Called when a unit's output comes into force in place of the one before. */
  update(output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    const was = new Set(before?.attachments);
    const is = new Set(output?.attachments);
    for (const listener of was) if (!is.has(listener)) this.#count(listener, -1);
    for (const listener of is) if (!was.has(listener)) this.#count(listener, 1);
    if (before?.report !== undefined && before.report.object !== output?.report?.object) {
      this.#set(before.report.object, undefined);
    }
    if (output?.report !== undefined) this.#set(output.report.object, output.report.status);
  }

  objects(): IterableIterator<ResourceKey> {
    return this.#status.keys();
  }

  status(object: ResourceKey): string | undefined {
    return this.#status.get(object);
  }

  /** Returns the number of routes of a listener, `namespace/gateway/listener`. */
  attachedRoutes(listener: string): number {
    return this.#attached.get(listener) ?? 0;
  }

  #count(listener: string, step: number): void {
    const count = this.attachedRoutes(listener) + step;
    if (count === 0) this.#attached.delete(listener);
    else this.#attached.set(listener, count);
    this.#onAttached(listener);
  }

  #set(object: ResourceKey, status: string | undefined): void {
    const before = this.#status.get(object);
    if (before === status) return;
    if (status === undefined) this.#status.delete(object);
    else this.#status.set(object, status);
    this.#onChange(object, before, status);
  }
}
