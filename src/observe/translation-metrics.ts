import { followedKinds } from '../kinds/followed-kinds.ts';
import type { LaneName } from '../units/unit-def.ts';
import { unitTable } from '../units/unit-table.ts';
import { latencyBuckets, sizeBuckets, translateBuckets } from './buckets.ts';
import { LargestGauge } from './largest-gauge.ts';
import type { MetricMakers } from './metric-makers.ts';
import { SlowestUnits } from './slowest-units.ts';

const lanes = ['endpoints', 'config'] as const satisfies readonly LaneName[];

/** Kinds of units; empty for a bug in a step that belongs to no unit. */
const faultyUnits: readonly string[] = [
  '',
  ...Object.keys(unitTable),
  ...followedKinds.filter(({ status }) => status !== undefined).map(({ kind }) => kind),
];

/** Returns the metrics of changes and their way through units, batches and workers. */
export function translationMetrics(makers: MetricMakers) {
  const unit = 'a kind of unit';
  return {
    events: makers.counter('events_total', 'Changed rows from the source, by kind of object', {
      kind: 'a kind of object',
    }),
    /** Stage `total` lasts from the event to the ACK; the other stages are its parts, in order. */
    propagation: makers.histogram(
      'propagation_seconds',
      'Time from an event to the ACK of a proxy, by lane and stage; total is all of it, window to ack are its parts. First pushes are in sluice_first_push_seconds',
      latencyBuckets,
      { lane: lanes, stage: ['window', 'translate', 'commit', 'ack', 'total'] },
    ),
    window: makers.histogram('window_seconds', 'Time that a coalescing window was open', latencyBuckets, {
      lane: lanes,
    }),
    waveUnits: makers.histogram('wave_units', 'Units translated in one wave', sizeBuckets, { lane: lanes }),
    dirtyUnits: makers.gauge('dirty_units', 'Units that wait for a window to close', { lane: lanes }),
    coalescedEvents: makers.counter(
      'coalesced_events_total',
      'Changes of a unit that was waiting already, and so cost nothing',
      { lane: lanes },
    ),
    translate: makers.histogram(
      'translate_seconds',
      'Time to translate one unit, by kind of unit',
      translateBuckets,
      { unit },
    ),
    /** No metric, as a name of a unit is no label: for the console. */
    slowestUnits: new SlowestUnits(),
    batchCuts: makers.counter(
      'batch_cuts_total',
      'Batches that ended before all units had started, because the time of the batch was used up',
      { lane: lanes },
    ),
    /** Compiling regular expressions included. */
    namespaceTranslate: new LargestGauge(
      makers,
      'namespace',
      'namespace_translate_seconds',
      'Worker time for translating objects of a namespace; decays by half each minute',
    ),
    translateFaults: makers.counter(
      'translate_faults_total',
      'Translations without a result, by kind of unit and reason: fault, in the translation of that unit; bug, anywhere else',
      { unit: faultyUnits, reason: ['fault', 'bug'] },
    ),
    workerRestarts: makers.counter(
      'worker_restarts_total',
      'Workers that were replaced, by lane and reason',
      {
        lane: lanes,
        reason: ['crash', 'deadline', 'memory'],
      },
    ),
    quarantinedUnits: makers.gauge(
      'quarantined_units',
      'Units that keep their last good output until a row that they read changes',
    ),
    rounds: makers.histogram(
      'translate_rounds',
      'Batches that one translation of a unit took, by kind of unit; above 4 its references should be read together',
      [1, 2, 3, 4, 6, 8, 16],
      { unit },
    ),
    needs: makers.counter(
      'needs_total',
      'Units that were translated again because their batch lacked a row',
      { lane: lanes },
    ),
    namedObjectWaits: makers.counter(
      'named_object_waits_total',
      'Units that waited in vain for a newly named object',
    ),
    falseConditions: makers.gauge(
      'false_conditions',
      'Conditions that say that an object is not in force as written, by kind of object, type and reason: those that translation reports. Rejections by proxies are in sluice_xds_last_good_resources',
      { kind: 'a kind of object', type: 'a type of condition', reason: 'a reason' },
    ),
  };
}
