import type { Clock } from '../lib/clock.ts';
import type { ApiServer } from './api-server.ts';
import { Fault, faultOf } from './fault.ts';
import { KindRequests } from './kind-requests.ts';
import { PagedList } from './paged-list.ts';
import { TurnBudget } from './turn-budget.ts';
import {
  watchedParts,
  watchedResources,
  type WatchedPart,
  type WatchedResource,
} from './watched-resource.ts';

/** A kind that the API server does not let this account list. */
export interface UnreadKind {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly reason: string;
}

const silentMs = 20_000;

/**
 * Lists the objects of all kinds that Sluice follows once, by the rights of the caller's account: O(objects), and a request
 * for each 500 of a kind and namespace. Resolves to the kinds that are forbidden. Rejects with a {@link Fault} for any other
 * one, as half of the objects would pass for all.
 */
export async function readObjects(
  api: ApiServer,
  namespaces: readonly string[],
  onObject: (resource: WatchedResource, object: unknown) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly UnreadKind[]> {
  const turn = new TurnBudget(clock);
  const unread: UnreadKind[] = [];
  const readKind = async (resource: WatchedResource): Promise<void> => {
    // One after the other: a thousand namespaces would open as many connections for each kind.
    for (const part of watchedParts(resource, namespaces)) {
      try {
        for (const object of await listPart(part, api, clock, turn, signal)) onObject(resource, object);
      } catch (error) {
        const { reason, message } = faultOf(error);
        if (reason !== 'forbidden') throw error;
        unread.push({ kind: resource.kind, namespace: part.namespace, reason: message });
      }
    }
  };
  await Promise.all(watchedResources.map(readKind));
  return unread;
}

async function listPart(
  { resource, namespace }: WatchedPart,
  api: ApiServer,
  clock: Clock,
  turn: TurnBudget,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const requests = new KindRequests(resource, namespace, silentMs, { api, clock });
  const pages = new PagedList(resource.kind, silentMs, turn);
  const close = (): void => requests.close();
  signal.addEventListener('abort', close, { once: true });
  const list = async (): Promise<readonly unknown[]> => {
    const objects: unknown[] = [];
    await pages.read(
      (parameters, read) => requests.receive(parameters, read),
      (object) => objects.push(object),
    );
    return objects;
  };
  try {
    return await list();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Its pages were no longer kept: the next list comes in one.
    if (error.reason === 'gone') return await list();
    if (error.reason !== 'absent') throw error;
    return (await requests.findVersion()) ? await list() : [];
  } finally {
    signal.removeEventListener('abort', close);
    requests.close();
  }
}
