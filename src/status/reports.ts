import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';

/**
 * The wanted status of every object that is ours, as translation reported it, and how many routes each listener has.
 *
 * A route's own report says what it is attached to, so that a route's change counts in O(1) and its Gateway is not
 * translated again for it.
 */
export class Reports {
  readonly #status = new Map<ResourceKey, string>();
  readonly #attached = new Map<string, number>();
  readonly #onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void;
  readonly #onAttached: (listener: string) => void;

  /** `onChange` is told of each status that is different, as JSON; `onAttached` of each listener whose count is. */
  constructor(
    onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void,
    onAttached: (listener: string) => void = () => {},
  ) {
    this.#onChange = onChange;
    this.#onAttached = onAttached;
  }

  /** A unit's output came into force in place of the one before. */
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

  /** Routes attached to a listener, which is `namespace/gateway/listener`. */
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
