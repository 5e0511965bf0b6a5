import { setImmediate as immediate } from 'node:timers/promises';
import { conditionFindings } from '../../check/condition-findings.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Controller } from '../controller.ts';
import type { ListedObject, ObjectList } from './shapes.ts';

const pageSize = 50;

/** Objects that are looked at in one turn of the main thread, about a millisecond. */
const turnSize = 200;

/**
 * Lists objects in key order from `after` on, by kind, a part of the key, and `wrong`: those with something to know. Costs
 * O(objects) in short turns, when it is asked for.
 */
export async function objectList(controller: Controller, query: URLSearchParams): Promise<ObjectList> {
  const [kind, text, after] = [query.get('kind') ?? '', query.get('text') ?? '', query.get('after') ?? ''];
  const isMeant = (key: ResourceKey): boolean =>
    key > after && (kind === '' || splitResourceKey(key).kind === kind) && key.includes(text);
  const keys = [...controller.objects()].filter(isMeant).sort();
  const objects: ListedObject[] = [];
  for (const [i, object] of keys.entries()) {
    if (i % turnSize === turnSize - 1) await immediate();
    const listed = listedObject(controller, object);
    if (query.has('wrong') && listed.wrong.length === 0) continue;
    objects.push(listed);
    const last = objects.length === pageSize && i < keys.length - 1 ? object : undefined;
    if (last !== undefined) return { objects, after: last };
  }
  return { objects };
}

/** Costs O(the object's status). */
export function listedObject(controller: Controller, object: ResourceKey): ListedObject {
  const wrong = conditionFindings(object, controller.status(object)).map(({ path, message }) =>
    path === '' ? message : `${path}: ${message}`,
  );
  return { object, wrong };
}
