import type { ObjectInForce } from '../../explain/in-force.ts';
import { covers } from '../../kinds/shape/hostname.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Controller } from '../controller.ts';
import { objectInForce } from './object.ts';

/**
 * Yields the routes that name a Gateway, or any ListenerSet, and cover the host. Looks through the bytes of all routes, and
 * decodes those with the name of the parent.
 */
export function* routesFor(controller: Controller, gateway: string, host: string): Generator<ObjectInForce> {
  const name = gateway.slice(gateway.indexOf('/') + 1);
  for (const key of controller.objects()) {
    if (!isHttpRoute(key)) continue;
    const bytes = controller.row(key);
    if (bytes === undefined || !mayName(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name))
      continue;
    const route = objectInForce(controller, key);
    if (route === undefined || !names(route, gateway)) continue;
    const { hostnames } = route;
    if (hostnames.length === 0 || hostnames.some((hostname) => covers(hostname, host))) yield route;
  }
}

function isHttpRoute(key: ResourceKey): boolean {
  const { kind } = splitResourceKey(key);
  return kind === 'HTTPRoute' || kind === 'GRPCRoute';
}

function mayName(bytes: Buffer, gateway: string): boolean {
  return bytes.includes(JSON.stringify(gateway)) || bytes.includes('"ListenerSet"');
}

function names({ targets }: ObjectInForce, gateway: string): boolean {
  return targets.some((target) => {
    const [object = ''] = target.split('#');
    return object === `Gateway/${gateway}` || object.startsWith('ListenerSet/');
  });
}
