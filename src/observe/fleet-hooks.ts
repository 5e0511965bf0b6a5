import type { FleetHooks } from '../xds/fleet.ts';
import { messageName } from '../publish/type-table.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Callbacks of the fleet that become metrics and log lines. */
export function fleetHooks(log: Log, metrics: Metrics): Omit<FleetHooks, 'onListenersAcked' | 'onVerdict'> {
  return {
    onConnect(fleet, proxy, known) {
      // The name comes from the client: only that of a Gateway may become a label, or labels would have no bound.
      const label = { gateway: known ? fleet : '' };
      metrics.connectedProxies.inc(label);
      log.info({ gateway: fleet, proxy }, 'proxy connected');
      return () => {
        metrics.connectedProxies.dec(label);
        log.info({ gateway: fleet, proxy }, 'proxy disconnected');
      };
    },
    stream: (fleet, proxy) => ({
      onSent(typeUrl, contents, bytes) {
        const type = messageName(typeUrl);
        metrics.responses.inc({ type });
        metrics.responseBytes.inc({ type }, bytes);
        metrics.resourcesSent.inc({ type }, contents.resources.length);
      },
      onAck(typeUrl, ackMs, totalMs) {
        const type = messageName(typeUrl);
        const lane = type === 'ClusterLoadAssignment' ? 'endpoints' : 'config';
        metrics.acks.inc({ type });
        metrics.propagation.observe({ lane, stage: 'ack' }, ackMs / 1000);
        metrics.propagation.observe({ lane, stage: 'total' }, totalMs / 1000);
      },
      onNack(typeUrl, versions, message) {
        const type = messageName(typeUrl);
        metrics.nacks.inc({ type });
        const [name] = versions.keys();
        if (versions.size === 1)
          log.error(
            { gateway: fleet, proxy, type, name, message },
            'proxy rejects this resource; it keeps the last good one',
          );
        else
          log.warn(
            { gateway: fleet, proxy, type, resources: versions.size, message },
            'proxy rejected a response; its parts are sent apart',
          );
      },
      onOverdue(reason) {
        metrics.holds.inc({ reason: 'deadline' });
        log.warn({ gateway: fleet, proxy, reason }, 'routes were sent without waiting any longer');
      },
    }),
  };
}
