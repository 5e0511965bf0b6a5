import { LargestGauge } from './largest-gauge.ts';
import type { MetricMakers } from './metric-makers.ts';

/** Buckets from a server in the same rack to the deadline of an attempt. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const results = ['known', 'denied', 'unreachable'] as const;

/** Returns the metrics of discovery documents. */
export function documentMetrics(makers: MetricMakers) {
  return {
    documentChecks: makers.counter(
      'document_checks_total',
      'Attempts to fetch the discovery document of an OpenID provider, by result and reason',
      { result: results, reason: 'network, or why there is none' },
    ),
    documentAttempt: makers.histogram(
      'document_attempt_seconds',
      'Time that an attempt to fetch a discovery document took, by result',
      attemptBuckets,
      { result: results },
    ),
    documentBacklog: makers.gauge(
      'document_backlog',
      'Attempts to fetch discovery documents that are due or under way',
    ),
    documents: makers.gauge('documents', 'Discovery documents that policies use, by state', {
      state: 'a state',
    }),
    documentServers: makers.gauge(
      'document_servers',
      'Servers of discovery documents, counted for each namespace, by state of their breaker; open: does not answer and is only probed',
      { state: 'closed, open or half-open' },
    ),
    documentStaleness: makers.gauge(
      'document_staleness_seconds',
      'Time by which confirmation of the oldest discovery document is overdue',
    ),
    namespaceDocumentBacklog: new LargestGauge(
      makers,
      'namespace',
      'namespace_document_backlog',
      'Discovery documents of a namespace that wait for an attempt',
    ),
  };
}
