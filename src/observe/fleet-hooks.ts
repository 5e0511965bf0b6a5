import type { Clock } from '../lib/clock.ts';
import { messageName, typeUrl } from '../publish/type-table.ts';
import type { FleetHooks } from '../xds/fleet.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { SparseLines } from './sparse-lines.ts';

/** Lines of one sort about one fleet in ten seconds: a proxy can reject and reconnect as often as it likes. */
const mostLines = 20;

/** Returns the callbacks of the fleet that become metrics and log lines. */
export function fleetHooks(
  log: Log,
  metrics: Metrics,
  clock: Clock,
): Omit<FleetHooks, 'onListenersAcked' | 'onVerdict'> {
  const lines = new SparseLines<string>(clock, mostLines);
  return {
    onConnect(fleet, proxy) {
      const connection = { gateway: fleet, proxy };
      lines.say(`connect ${fleet}`, (unsaid) => log.info({ ...connection, ...unsaid }, 'proxy connected'));
      return () => {
        lines.say(`disconnect ${fleet}`, (unsaid) =>
          log.info({ ...connection, ...unsaid }, 'proxy disconnected'),
        );
      };
    },
    stream: (fleet, proxy) => ({
      onSent(sent, contents, bytes) {
        const type = messageName(sent);
        metrics.responses.inc({ type });
        metrics.responseBytes.inc({ type }, bytes);
        metrics.resourcesSent.inc({ type }, contents.resources.length);
      },
      onAnswer(type, { kind, push, origin, sentAt, at }) {
        const lane = type === typeUrl.endpoint ? 'endpoints' : 'config';
        if (push === 'change' && lane === 'endpoints')
          metrics.endpointLag.observe((at - origin.changed) / 1000);
        if (kind !== 'ack') return;
        metrics.acks.inc({ type: messageName(type) });
        if (push === 'first') metrics.firstPush.observe((at - sentAt) / 1000);
        if (push !== 'change') return;
        metrics.propagation.observe({ lane, stage: 'ack' }, (at - sentAt) / 1000);
        metrics.propagation.observe({ lane, stage: 'total' }, (at - origin.arrived) / 1000);
      },
      onNack(rejected, versions, message) {
        const type = messageName(rejected);
        metrics.nacks.inc({ type });
        const [name] = versions.keys();
        lines.say(`NACK ${fleet}`, (unsaid) => {
          const nack = { gateway: fleet, proxy, type, message, ...unsaid };
          if (versions.size === 1)
            log.error({ ...nack, name }, 'proxy rejects this resource and keeps its last good version');
          else
            log.warn(
              { ...nack, resources: versions.size },
              'proxy rejected a response; each half is sent again',
            );
        });
      },
      onOverdue(reason) {
        metrics.holds.inc({ reason: 'deadline' });
        lines.say(`overdue ${fleet}`, (unsaid) =>
          log.warn(
            { gateway: fleet, proxy, reason, ...unsaid },
            'routes were sent at the deadline, before what they name was acknowledged',
          ),
        );
      },
    }),
  };
}
