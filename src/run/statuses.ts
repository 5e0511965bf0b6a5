import { BackOff } from '../kube/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { StatusWriter } from '../status/status-writer.ts';
import type { StatusWriterOptions, StatusWriterPorts } from '../status/status-writer-ports.ts';

export interface StatusesPorts extends Pick<StatusWriterPorts, 'controllerName' | 'wanted' | 'write'> {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Pace for refused writes: no watch shows when a new RBAC rule or CRD allows them. */
const refusedFirstMs = 1000;
const refusedMaxMs = 60_000;

/** Started and stopped by the caller. */
export function statusWriter(
  options: StatusWriterOptions,
  { metrics, ...ports }: StatusesPorts,
): StatusWriter {
  const writer = new StatusWriter(options, {
    ...ports,
    backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(refusedFirstMs, refusedMaxMs)),
    onWritten(kind, result, writeMs, lagMs) {
      metrics.statusWrites.inc({ kind, result });
      metrics.statusWrite.observe(writeMs / 1000);
      if (result === 'written') metrics.statusLag.observe(lagMs / 1000);
    },
    onBacklog: (objects) => metrics.statusBacklog.set(objects),
  });
  metrics.namespaceStatuses.read = () => writer.backlogs();
  return writer;
}
