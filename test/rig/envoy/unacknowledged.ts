import type { Controller } from '../../../src/run/controller.ts';
import { typeUrl, typeUrls, type TypeUrl } from '../../../src/publish/type-table.ts';
import { fleetOf } from '../../../src/units/fleet-key.ts';
import { collectionOf, isShard, scopeCollection } from '../../../src/units/route-shard.ts';
import { routeConfigurationOf } from '../../../src/units/virtual-host-name.ts';

/** Returns names that a Gateway's proxies have not ACKed in the newest version; leaves out routes of listeners that are not served. */
export function unacknowledged(controller: Controller, gateway: string): string[] {
  const view = controller.view(gateway);
  if (view === undefined || !controller.isIdle) return ['what is being translated'];
  const all = (type: TypeUrl) => [...view.names(type)].flatMap((name) => view.get(type, name) ?? []);
  const bytes = Buffer.concat(all(typeUrl.listener).map((listener) => listener.bytes));
  const isUsed = (type: TypeUrl, name: string): boolean => {
    if (type === typeUrl.virtualHost) return names(bytes, routeConfigurationOf(name));
    if (type === typeUrl.scope) return names(bytes, collectionOf(name));
    if (type !== typeUrl.route) return true;
    return names(bytes, isShard(name) ? scopeCollection(name.slice(0, name.indexOf('#') + 1)) : name);
  };
  return typeUrls.flatMap((type) =>
    all(type)
      .filter(({ name }) => isUsed(type, name))
      .filter((resource) => !controller.fleet.has(fleetOf(gateway), type, resource))
      .map(({ name }) => name),
  );
}

/** Text follows its length in messages, so a longer name does not match. */
function names(messages: Buffer, name: string): boolean {
  return messages.includes(Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name)]));
}
