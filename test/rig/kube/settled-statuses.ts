import type { StatusServer } from './status-server.ts';
import type { ResourceKey } from '../../../src/lib/key.ts';

export const route = 'HTTPRoute/ns/r' as ResourceKey;
export const other = 'HTTPRoute/ns/other' as ResourceKey;

export function routes(count: number): ResourceKey[] {
  return Array.from({ length: count }, (_, i) => `HTTPRoute/ns/r${i}` as ResourceKey);
}

/** Puts the objects into the server and has their statuses written, before a test begins. */
export async function settled(server: StatusServer, objects: readonly ResourceKey[]): Promise<StatusServer> {
  for (const object of objects) {
    server.put(object);
    server.want(object, 'first');
  }
  server.writer.start();
  await server.clock.advanceBy(100_000);
  server.attempts.length = 0;
  return server;
}
