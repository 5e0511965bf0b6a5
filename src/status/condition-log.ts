import type { Clock } from '../lib/clock.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Lines that a person reads at once; `/debug/objects` has all. More come from a rollout or a missing Service. */
const linesPerPeriod = 20;
const periodMs = 10_000;

/** Called with 1 for each condition that becomes bad, and with -1 when it no longer is. */
export type CountCondition = (kind: string, type: string, reason: string, step: 1 | -1) => void;

/** Counts bad conditions, and logs those that change: the first ones of each period, then the number of the others. */
export class ConditionLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #count: CountCondition;
  #lines = 0;
  #unsaid = 0;

  constructor(log: Log, clock: Clock, count: CountCondition) {
    this.#log = log;
    this.#clock = clock;
    this.#count = count;
  }

  /** Called when the status of the object, as JSON, has changed. */
  changed(object: ResourceKey, before: string | undefined, after: string | undefined): void {
    const was = badConditions(before);
    const is = badConditions(after);
    const { kind } = splitResourceKey(object);
    for (const { type, reason } of was.values()) this.#count(kind, type, reason, -1);
    for (const [where, { type, reason, message }] of is) {
      this.#count(kind, type, reason, 1);
      const known = was.get(where);
      if (known?.reason === reason && known.message === message) continue;
      this.#say(() => this.#log.warn({ object, condition: where }, `${reason}: ${message}`));
    }
    for (const where of was.keys()) {
      if (is.has(where)) continue;
      const message = after === undefined ? 'object was deleted' : 'condition is met again';
      this.#say(() => this.#log.info({ object, condition: where }, message));
    }
  }

  #say(line: () => void): void {
    if (this.#lines === 0) this.#clock.after(periodMs, () => this.#endPeriod());
    this.#lines++;
    if (this.#lines <= linesPerPeriod) line();
    else this.#unsaid++;
  }

  #endPeriod(): void {
    const unsaid = this.#unsaid;
    this.#lines = 0;
    this.#unsaid = 0;
    if (unsaid > 0)
      this.#log.warn({ unsaid }, 'more conditions have changed: /debug/objects shows all of them');
  }
}

/** Conditions whose good value is False. */
const goodWhenFalse = new Set(['Conflicted']);

interface BadCondition {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** Finds each bad condition, by place, such as `listeners[0].ResolvedRefs`. Costs O(the object's status). */
function badConditions(status: string | undefined): Map<string, BadCondition> {
  const found = new Map<string, BadCondition>();
  if (status !== undefined) collect(JSON.parse(status), '', found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, BadCondition>): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'status' in value && 'reason' in value) {
    const type = String(value.type);
    const bad = goodWhenFalse.has(type) ? 'True' : 'False';
    const message = 'message' in value ? String(value.message) : '';
    if (value.status === bad)
      found.set(path.replace(/conditions\[\d+\]$/, type), { type, reason: String(value.reason), message });
    return;
  }
  for (const [name, item] of Object.entries(value))
    collect(item, path === '' ? name : `${path}.${name}`, found);
}
