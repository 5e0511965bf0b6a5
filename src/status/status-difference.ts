import { stackText } from '../lib/failure.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { StatusEntry } from './status-entry.ts';
import { apiTime, statusPatch, type StatusPatch } from './status-patch.ts';
import type { StatusWriterPorts } from './status-writer-ports.ts';

/** Returns the patch to write; when there is none, notes that in the entry. O(1) when nothing has changed. */
export function statusDifference(
  object: ResourceKey,
  entry: StatusEntry,
  { log, clock, wanted, controllerName }: StatusWriterPorts,
): StatusPatch | undefined {
  try {
    const want = wanted(object);
    if (want.kind === 'unknown') return undefined;
    const text = want.kind === 'status' ? want.text : undefined;
    const by = controllerName();
    if (entry.agreed !== undefined && entry.agreed.text === text && entry.agreed.by === by) return undefined;
    const status: unknown = text === undefined ? undefined : JSON.parse(text);
    const context = { controllerName: by, now: apiTime(clock.wallMs()) };
    const patch = statusPatch(splitResourceKey(object).kind, status, entry.observed, context);
    if (patch === undefined) entry.agreed = { text, by };
    return patch;
  } catch (error) {
    log.error({ object, error: stackText(error) }, 'a bug in Sluice: the status stays as it is');
    return undefined;
  }
}
