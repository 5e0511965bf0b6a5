import { conditionFindings } from '../check/condition-findings.ts';
import { resourceKey } from '../lib/key.ts';
import type { ObjectStatus } from '../run/objects.ts';

/** An object with its conditions in words. */
export interface JudgedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: 'ok' | 'wrong' | 'waiting';
  /** Field, message, what requests get, and the reason. */
  readonly why: readonly string[];
  readonly status: unknown;
}

export function judge({ kind, metadata, status }: ObjectStatus): JudgedObject {
  const { namespace = '', name } = metadata;
  const wrong = conditionFindings(resourceKey(kind, namespace, name), status).map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  const waiting = [...new Set(unknownConditions(status))];
  const state = wrong.length > 0 ? 'wrong' : waiting.length > 0 ? 'waiting' : 'ok';
  return { kind, namespace, name, state, why: [...wrong, ...waiting], status };
}

/** `httproute`, `httproute/shop/cart`, `shop/cart` or `cart`. */
export function isMeant(object: JudgedObject, wanted: string): boolean {
  const parts = wanted.toLowerCase().split('/');
  const kind = object.kind.toLowerCase();
  const own = [kind, object.namespace, object.name].filter((part) => part !== '');
  if (parts.length === 1) return [kind, `${kind}s`, object.name].includes(parts[0] ?? '');
  const name = parts.join('/');
  return [own.join('/'), own.slice(1).join('/'), `${kind}s/${own.slice(1).join('/')}`].includes(name);
}

function* unknownConditions(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  if ('status' in value && value.status === 'Unknown' && 'type' in value && 'message' in value)
    yield `${String(value.type)}: ${String(value.message)}`;
  for (const inner of Object.values(value)) yield* unknownConditions(inner);
}
