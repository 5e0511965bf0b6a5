import type { ListeningGateway } from '../../explain/in-force.ts';
import { typeUrl } from '../../publish/type-table.ts';
import type { View } from '../../publish/view.ts';
import { isShard, shardOf } from '../../units/route-shard.ts';
import type { Controller } from '../controller.ts';
import { domainFor } from './host.ts';

/** Yields the Gateways that listen on a port, by names alone: decodes nothing. O(Gateways and tables of that port). */
export function* listeningGateways(
  controller: Controller,
  port: string,
  host: string,
): Generator<ListeningGateway> {
  for (const gateway of controller.gateways().sort()) {
    const listener = `${gateway}/${port}`;
    const view = controller.view(gateway);
    if (view?.get(typeUrl.listener, listener) === undefined) continue;
    const hasHost = tablesOf(view, listener, host).some(
      (table) => domainFor(view, table, host) !== undefined,
    );
    yield { gateway, listener, hasHost };
  }
}

/** Names the RouteConfigurations of a listener that may have the host. */
function tablesOf(view: View, listener: string, host: string): string[] {
  const named = view.get(typeUrl.listener, listener)?.names ?? [];
  return named
    .flatMap(({ typeUrl: type, name }) =>
      type === typeUrl.scope ? (view.get(typeUrl.scope, name)?.names ?? []) : { typeUrl: type, name },
    )
    .filter(({ typeUrl: type }) => type === typeUrl.route)
    .map(({ name }) => name)
    .filter((name) => !isShard(name) || name.endsWith(`#${shardOf(host)}`));
}
