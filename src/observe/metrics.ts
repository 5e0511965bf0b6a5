import { Registry } from 'prom-client';
import type { FaultPlace } from './faults.ts';
import { leaderMetrics } from './leader-metrics.ts';
import { MetricMakers, type MetricDef } from './metric-makers.ts';
import { processMetrics } from './process-metrics.ts';
import { documentMetrics } from './document-metrics.ts';
import { sourceMetrics } from './source-metrics.ts';
import { translationMetrics } from './translation-metrics.ts';
import { wasmMetrics } from './wasm-metrics.ts';
import { xdsMetrics } from './xds-metrics.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Metrics of one subject, for the page of the reference. */
export interface MetricSection {
  readonly title: string;
  readonly table: readonly MetricDef[];
}

const faultPlaces = ['request', 'listener', 'timer', 'process'] as const satisfies readonly FaultPlace[];

/**
 * Makes all metrics in a new registry, so that several control planes can live in one process. Labels come from short
 * fixed lists, except `gateway` and `namespace`, of which twenty are shown; no label has text of an object or a client.
 */
export function createMetrics() {
  const registry = new Registry();
  const sections: MetricSection[] = [];
  const makersOf = (title: string): MetricMakers => {
    const makers = new MetricMakers(registry);
    sections.push({ title, table: makers.table });
    return makers;
  };
  const made = {
    ...translationMetrics(makersOf('Changes and translation')),
    ...xdsMetrics(makersOf('Proxies')),
    ...sourceMetrics(makersOf('Sources')),
    ...leaderMetrics(makersOf('The leader')),
    ...wasmMetrics(makersOf('WASM modules')),
    ...documentMetrics(makersOf('Documents of OpenID providers')),
    ...processMetrics(makersOf('The process'), registry),
    faults: makersOf('Errors').counter(
      'faults_total',
      'Errors that Sluice goes on from, by place: request, to the admin server; listener, of a server or a connection; timer; process, one that Sluice runs',
      { place: faultPlaces },
    ),
  };
  return {
    ...made,
    registry,
    sections,
    close(): void {
      made.stopMeasuring();
    },
  };
}
