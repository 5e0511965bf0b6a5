import type { Registry } from 'prom-client';
import { metricMakers } from './metric-makers.ts';
import { NamespaceGauge } from './namespace-gauge.ts';

/** Buckets from a server in the same rack to the deadline of an attempt. */
const attemptBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Returns the metrics of discovery documents. */
export function documentMetrics(registers: Registry[]) {
  const { histogram, counter, gauge } = metricMakers(registers);
  return {
    documentChecks: counter(
      'document_checks_total',
      'Attempts to fetch the discovery document of an OpenID provider, by result (known, denied, unreachable) and reason',
      'result',
      'reason',
    ),
    documentAttempt: histogram(
      'document_attempt_seconds',
      'Time that an attempt to fetch a discovery document took, by result',
      attemptBuckets,
      'result',
    ),
    documentBacklog: gauge(
      'document_backlog',
      'Attempts to fetch discovery documents that are due or under way',
    ),
    documents: gauge('documents', 'Discovery documents that policies use, by state', 'state'),
    documentServers: gauge(
      'document_servers',
      'Servers of discovery documents, counted for each namespace, by state of their breaker; open: does not answer and is only probed',
      'state',
    ),
    documentStaleness: gauge(
      'document_staleness_seconds',
      'Time by which confirmation of the oldest discovery document is overdue',
    ),
    namespaceDocumentBacklog: new NamespaceGauge(
      'document_backlog',
      'Discovery documents of a namespace that wait for an attempt',
      registers,
    ),
  };
}
