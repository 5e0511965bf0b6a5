import { faultOf, type FaultReason } from '../kube/fault.ts';
import { writeEvent, type EventObject } from '../kube/write-event.ts';
import type { Notice } from '../kinds/notice.ts';
import type { Clock } from '../lib/clock.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { SparseLines } from '../observe/sparse-lines.ts';
import { NoticeWriter, type NoticeResult } from '../status/notice-writer.ts';
import type { Cluster } from './cluster.ts';

export interface NoticesPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly controllerName: () => string;
  /** Returns the notices that are true, as JSON. */
  readonly notices: () => Iterable<string>;
  /** Returns undefined for an object that the API server does not have. */
  readonly eventObject: (object: ResourceKey) => EventObject | undefined;
}

/** Started and stopped by the leader. */
export function noticeWriter(
  { api }: Cluster,
  replica: string,
  { log, clock, metrics, controllerName, notices, eventObject }: NoticesPorts,
): NoticeWriter {
  const lines = new SparseLines<NoticeResult>(clock);
  const write = async (notice: Notice, signal: AbortSignal): Promise<NoticeResult> => {
    const object = eventObject(notice.object);
    if (object === undefined) return 'absent';
    const source = { controllerName: controllerName(), replica, wallMs: clock.wallMs() };
    try {
      await writeEvent(api, notice, object, source, signal);
      return 'written';
    } catch (error) {
      const { reason, message } = faultOf(error);
      const result = results[reason] ?? 'unavailable';
      if (!signal.aborted && result !== 'absent')
        lines.say(result, (unsaid) =>
          log.warn({ object: notice.object, ...unsaid }, `an Event could not be written: ${message}`),
        );
      return result;
    }
  };
  return new NoticeWriter({
    clock,
    log,
    all: notices,
    write: async (notice, signal) => {
      const result = await write(notice, signal);
      metrics.eventWrites.inc({ result });
      return result;
    },
  });
}

const results: Partial<Record<FaultReason, NoticeResult>> = {
  absent: 'absent',
  forbidden: 'refused',
  refused: 'refused',
};
