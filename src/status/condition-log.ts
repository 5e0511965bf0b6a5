import type { ResourceKey } from '../lib/key.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Logs each condition of an object that has become False, with its reason, and each that is no longer. */
export function logConditions(
  log: Log,
  object: ResourceKey,
  before: string | undefined,
  after: string | undefined,
): void {
  const was = falseConditions(before);
  const is = falseConditions(after);
  for (const [where, reason] of is) {
    if (was.get(where) !== reason) log.warn({ object, condition: where }, reason);
  }
  for (const where of was.keys()) {
    if (!is.has(where))
      log.info(
        { object, condition: where },
        after === undefined ? 'object is gone' : 'condition is met again',
      );
  }
}

/** `Conflicted` is the one condition whose good value is False. */
const goodWhenFalse = new Set(['Conflicted']);

/** Reason and message by place, such as `listeners[0].ResolvedRefs`. */
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
