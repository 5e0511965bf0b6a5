import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Lines that a person reads at once; `/debug/objects` has all. More come from a rollout or a missing Service. */
const linesPerPeriod = 20;
const periodMs = 10_000;

/** Logs conditions that become False or recover: the first ones of each period, then the number of the others. */
export class ConditionLog {
  readonly #log: Log;
  readonly #clock: Clock;
  #lines = 0;
  #unsaid = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Called when the status of the object, as JSON, has changed. */
  changed(object: ResourceKey, before: string | undefined, after: string | undefined): void {
    const was = falseConditions(before);
    const is = falseConditions(after);
    for (const [where, reason] of is) {
      if (was.get(where) !== reason) this.#say(() => this.#log.warn({ object, condition: where }, reason));
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

/** Finds the reason and message of each bad condition, by place, such as `listeners[0].ResolvedRefs`. */
function falseConditions(status: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  if (status !== undefined) collect(JSON.parse(status), '', found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(item, `${path}[${i}]`, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'status' in value && 'reason' in value) {
    const { type, status, reason } = value;
    const bad = goodWhenFalse.has(String(type)) ? 'True' : 'False';
    const message = 'message' in value ? String(value.message) : '';
    if (status === bad)
      found.set(path.replace(/conditions\[\d+\]$/, String(type)), `${String(reason)}: ${message}`);
    return;
  }
  for (const [name, item] of Object.entries(value))
    collect(item, path === '' ? name : `${path}.${name}`, found);
}
