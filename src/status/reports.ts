import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';

/**
 * Wanted status of every object of Sluice's, as translation reported it, and the number of routes of each listener;
 * see `units/attachment-key.ts`.
 *
 * A route's own report names its listeners, so that its change counts in O(1) and translates no Gateway.
 */
export class Reports {
  readonly #status = new Map<ResourceKey, string>();
  readonly #attached = new Map<string, number>();
  readonly #onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void;
  readonly #onAttached: (attachment: string) => void;

  /** `onChange` is called for each changed status, as JSON; `onAttached` for each attachment whose count has changed. */
  constructor(
    onChange: (object: ResourceKey, before: string | undefined, after: string | undefined) => void,
    onAttached: (attachment: string) => void = () => {},
  ) {
    this.#onChange = onChange;
    this.#onAttached = onAttached;
  }

  /** Called when a unit's output comes into force in place of the one before. */
  update(output: UnitOutput | undefined, before: UnitOutput | undefined): void {
    const was = new Set(before?.attachments);
    const is = new Set(output?.attachments);
    for (const attachment of was) if (!is.has(attachment)) this.#count(attachment, -1);
    for (const attachment of is) if (!was.has(attachment)) this.#count(attachment, 1);
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

  attached(attachment: string): number {
    return this.#attached.get(attachment) ?? 0;
  }

  #count(attachment: string, step: number): void {
    const count = this.attached(attachment) + step;
    if (count === 0) this.#attached.delete(attachment);
    else this.#attached.set(attachment, count);
    this.#onAttached(attachment);
  }

  #set(object: ResourceKey, status: string | undefined): void {
    const before = this.#status.get(object);
    if (before === status) return;
    if (status === undefined) this.#status.delete(object);
    else this.#status.set(object, status);
    this.#onChange(object, before, status);
  }
}
