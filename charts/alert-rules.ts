// Long: one table, with the two series of the test of each alert.
/** Alert of the chart, with its page for whoever is called by it. */
export interface AlertRule {
  readonly name: string;
  readonly expr: string;
  /** Time that the expression has to hold. */
  readonly for: string;
  /** `critical`: traffic fails, or soon will. `warning`: a change does not take effect. */
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** Effect on proxies and users. */
  readonly means: string;
  /** Steps, in order. */
  readonly steps: readonly string[];
  /** Series by which it fires, and by which it does not, in promtool's notation; a minute for each value. */
  readonly fires: readonly Series[];
  readonly quiet: readonly Series[];
}

export type Series = readonly [series: string, values: string];

const proxiesStep =
  '`sluice proxies` (or `/debug/proxies` by `kubectl port-forward`) names what each proxy lacks, and why.';
const bucket = (metric: string, le: string, labels = ''): string =>
  `${metric}_bucket{${labels}${labels === '' ? '' : ','}le="${le}"}`;

export const alertRules: readonly AlertRule[] = [
  {
    name: 'SluiceAbsent',
    expr: 'absent(sluice_build_info{command="serve"})',
    for: '5m',
    severity: 'critical',
    summary: 'No replica of Sluice is scraped.',
    means:
      'Running proxies go on with what they have, and keep dead endpoints. New proxies get nothing. Or Prometheus does not find the replicas.',
    steps: [
      '`kubectl get pods -l app.kubernetes.io/name=sluice`: do pods run?',
      'If they do, compare the labels of the ServiceMonitor or PodMonitor with what the Prometheus selects, and `networkPolicy.adminFrom` with where it runs.',
    ],
    fires: [['other_metric', '1x20']],
    quiet: [['sluice_build_info{command="serve",version="1.0.0",node="v26"}', '1x20']],
  },
  {
    name: 'SluiceNotReady',
    expr: 'sluice_ready == 0',
    for: '10m',
    severity: 'warning',
    summary: 'A replica of Sluice is not ready for ten minutes.',
    means: 'It serves no proxy. With no ready replica, a proxy that starts gets nothing.',
    steps: [
      '`/readyz` of the replica says what it waits for: kinds that it cannot read, the first translation, or its certificate.',
      'For a kind that is `forbidden`, compare the ClusterRole with that of the chart.',
    ],
    fires: [['sluice_ready{pod="a"}', '0x20']],
    quiet: [['sluice_ready{pod="a"}', '0x5 1x15']],
  },
  {
    name: 'SluiceWithoutLeader',
    expr: 'max by (command) (sluice_leader * on (instance) group_left (command) sluice_build_info{command=~"serve|infrastructure"}) == 0',
    for: '5m',
    severity: 'warning',
    summary: 'No replica leads.',
    means:
      'Proxies are served as ever. Without a leader of `serve` no status is written; without one of `infrastructure` no proxy is created or changed.',
    steps: [
      'Look at the Lease in the namespace of Sluice: who holds it, and since when?',
      'Look in the log for `leader`: the API server may refuse to renew the Lease.',
    ],
    fires: [
      ['sluice_leader{instance="a"}', '0x20'],
      ['sluice_build_info{instance="a",command="serve"}', '1x20'],
    ],
    quiet: [
      ['sluice_leader{instance="a"}', '0x20'],
      ['sluice_leader{instance="b"}', '1x20'],
      ['sluice_build_info{instance="a",command="serve"}', '1x20'],
      ['sluice_build_info{instance="b",command="serve"}', '1x20'],
    ],
  },
  {
    name: 'SluiceConfigRefused',
    expr: 'sluice_config_last_reload_successful == 0',
    for: '5m',
    severity: 'warning',
    summary: 'The newest config file is refused; the last good one stays in force.',
    means: 'A restart would fail with this file.',
    steps: ['The log has one line with the place in the file. `sluice config validate` prints the same.'],
    fires: [['sluice_config_last_reload_successful', '0x20']],
    quiet: [['sluice_config_last_reload_successful', '1 0 0 1x17']],
  },
  {
    name: 'SluiceWatchSilent',
    expr: 'max by (kind) (sluice_watch_staleness_seconds) > 180',
    for: '5m',
    severity: 'critical',
    summary: 'The API server has sent nothing about {{ $labels.kind }} for {{ $value | humanizeDuration }}.',
    means: 'Changes of this kind reach no proxy. For EndpointSlice, traffic goes to pods that are gone.',
    steps: [
      '`sluice_watch_restarts_total` has the reason by kind: `forbidden` is RBAC, `absent` a missing CRD, others the API server or the network.',
      '`/readyz?verbose` of the API server, and its own alerts.',
    ],
    fires: [['sluice_watch_staleness_seconds{kind="EndpointSlice"}', '0+60x20']],
    quiet: [['sluice_watch_staleness_seconds{kind="EndpointSlice"}', '0 60 0 60 0 60 0 60x10']],
  },
  {
    name: 'SluiceEndpointsLate',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(sluice_endpoint_lag_seconds_bucket[5m]))) > 5',
    for: '10m',
    severity: 'critical',
    summary: 'One in a hundred changes of endpoints takes more than five seconds to a proxy.',
    means: 'Requests go to pods that have ended. A pod needs a longer `preStop` until it is solved.',
    steps: [
      'Compare with `sluice_propagation_seconds{lane="endpoints",stage="total"}`: if that is short, the time goes by before Sluice reads the change, in the API server or its watch.',
      'If stage `ack` is long, proxies are slow: look at their CPU.',
      'If it is neither, look at `sluice_event_loop_delay_seconds`, and at the CPU that the replica gets.',
    ],
    fires: [
      [bucket('sluice_endpoint_lag_seconds', '5'), '0x30'],
      [bucket('sluice_endpoint_lag_seconds', '10'), '0+60x30'],
      [bucket('sluice_endpoint_lag_seconds', '+Inf'), '0+60x30'],
    ],
    quiet: [
      [bucket('sluice_endpoint_lag_seconds', '0.1'), '0+60x30'],
      [bucket('sluice_endpoint_lag_seconds', '10'), '0+60x30'],
      [bucket('sluice_endpoint_lag_seconds', '+Inf'), '0+60x30'],
    ],
  },
  {
    name: 'SluiceProxyBehind',
    expr: 'max by (gateway) (sluice_gateway_oldest_unacknowledged_seconds) > 120',
    for: '5m',
    severity: 'critical',
    summary:
      'A proxy of Gateway {{ $labels.gateway }} has not acknowledged a change for {{ $value | humanizeDuration }}.',
    means:
      'That proxy has old routes or endpoints. Other proxies are not held back. An empty name: a Gateway beyond the twenty that are furthest behind.',
    steps: [
      proxiesStep,
      'A proxy that does not answer has no CPU, or its connection is dead, which ends by itself within `xds.stalledAfterMs`: delete the pod.',
    ],
    fires: [['sluice_gateway_oldest_unacknowledged_seconds{gateway="a/b"}', '0+60x20']],
    quiet: [['sluice_gateway_oldest_unacknowledged_seconds{gateway="a/b"}', '0 60 120 0 60 120x15']],
  },
  {
    name: 'SluiceProxyRejects',
    expr: 'sum by (type) (sluice_xds_last_good_resources + sluice_xds_rejected_resources) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Proxies reject resources of type {{ $labels.type }}, which stay at their last good version.',
    means: 'The last change of some object has no effect. All others are in force.',
    steps: [
      'The object has a condition with the message of the proxy; the log says it too (`NACK`).',
      proxiesStep,
      'It is a bug of Sluice, or of a proxy of another version: please report it with the message.',
    ],
    fires: [
      ['sluice_xds_last_good_resources{type="Cluster"}', '1x20'],
      ['sluice_xds_rejected_resources{type="Cluster"}', '0x20'],
    ],
    quiet: [
      ['sluice_xds_last_good_resources{type="Cluster"}', '1x5 0x15'],
      ['sluice_xds_rejected_resources{type="Cluster"}', '0x20'],
    ],
  },
  {
    name: 'SluiceHoldsExpire',
    expr: 'increase(sluice_xds_holds_total{reason="deadline"}[10m]) > 0',
    for: '20m',
    severity: 'warning',
    summary: 'Routes are sent before proxies have acknowledged their clusters.',
    means: 'The proxies are slow, and a new route may answer 503 for a moment.',
    steps: ['Give the proxies CPU, or raise `xds.holdMs`.', proxiesStep],
    fires: [['sluice_xds_holds_total{reason="deadline"}', '0+1x40']],
    quiet: [['sluice_xds_holds_total{reason="deadline"}', '0 1 1x40']],
  },
  {
    name: 'SluiceClientsRefused',
    expr: 'sum by (reason) (increase(sluice_xds_refused_total{reason=~"certificate|identity|token"}[10m])) > 5',
    for: '10m',
    severity: 'warning',
    summary: 'The xDS server refuses clients, by reason: {{ $labels.reason }}.',
    means: 'A proxy with a wrong or expired certificate gets no changes; or somebody tries.',
    steps: [
      'The log names the address of the client and what is wrong.',
      'Certificates of proxies are renewed by `sluice infrastructure`: is `SluiceWithoutLeader` firing?',
    ],
    fires: [['sluice_xds_refused_total{reason="certificate"}', '0+6x30']],
    quiet: [
      ['sluice_xds_refused_total{reason="certificate"}', '0 2 2x28'],
      ['sluice_xds_refused_total{reason="silent"}', '0+6x30'],
    ],
  },
  {
    name: 'SluiceWorkerRestarts',
    expr: 'sum by (lane, reason) (increase(sluice_worker_restarts_total[15m])) > 2',
    for: '0m',
    severity: 'warning',
    summary: 'Workers of lane {{ $labels.lane }} end, by reason: {{ $labels.reason }}.',
    means: 'Their objects are translated again, alone. One that does it twice keeps its last good state.',
    steps: [
      'The log names the units. `memory`: raise `translate.workerHeapMiB`; `deadline`: `translate.deadlineMs`, or find the namespace in `sluice_namespace_translate_seconds`.',
      '`crash` is a bug of Sluice: please report it.',
    ],
    fires: [['sluice_worker_restarts_total{lane="config",reason="memory"}', '0+1x20']],
    quiet: [['sluice_worker_restarts_total{lane="config",reason="memory"}', '0 1 1x20']],
  },
  {
    name: 'SluiceTranslationFails',
    expr: 'sluice_quarantined_units > 0 or sum without (unit, reason) (increase(sluice_translate_faults_total[15m])) > 0',
    for: '5m',
    severity: 'warning',
    summary: 'Objects cannot be translated, and keep their last good state.',
    means: 'It is a bug of Sluice. All other objects are in force.',
    steps: [
      'The object has a condition; the log names the unit and the error. Please report both.',
      'Undo the last change of that object.',
    ],
    fires: [
      ['sluice_quarantined_units', '1x20'],
      ['sluice_translate_faults_total{unit="HTTPRoute",reason="fault"}', '1x20'],
    ],
    quiet: [
      ['sluice_quarantined_units', '0x20'],
      ['sluice_translate_faults_total{unit="HTTPRoute",reason="fault"}', '1x20'],
    ],
  },
  {
    name: 'SluiceMainThreadSlow',
    expr: 'histogram_quantile(0.99, sum by (le, instance) (rate(sluice_event_loop_delay_seconds_bucket[5m]))) > 0.25',
    for: '10m',
    severity: 'warning',
    summary: 'The main thread of {{ $labels.instance }} is late by a quarter of a second.',
    means: 'Everything that this replica sends is late by that.',
    steps: [
      'Does the replica get the CPU that it asks for? Raise `resources.requests.cpu`, and set no CPU limit.',
      '`nodejs_gc_duration_seconds` is high with too small a heap: raise `--max-old-space-size` in `nodeOptions` with the memory limit.',
    ],
    fires: [
      [bucket('sluice_event_loop_delay_seconds', '0.25', 'instance="a"'), '0x30'],
      [bucket('sluice_event_loop_delay_seconds', '1', 'instance="a"'), '0+60x30'],
      [bucket('sluice_event_loop_delay_seconds', '+Inf', 'instance="a"'), '0+60x30'],
    ],
    quiet: [
      [bucket('sluice_event_loop_delay_seconds', '0.001', 'instance="a"'), '0+6000x30'],
      [bucket('sluice_event_loop_delay_seconds', '+Inf', 'instance="a"'), '0+6000x30'],
    ],
  },
  {
    name: 'SluiceHeapFull',
    expr: 'nodejs_heap_size_used_bytes / on (instance) sluice_heap_limit_bytes > 0.9',
    for: '10m',
    severity: 'critical',
    summary: 'The heap of {{ $labels.instance }} is nine tenths full.',
    means: 'At its limit the process ends, and its proxies connect to another replica.',
    steps: [
      'Raise `--max-old-space-size` in `nodeOptions` and the memory limit with it: see the page on tuning.',
      '`sluice_watched_objects` says which kind has grown.',
    ],
    fires: [
      ['nodejs_heap_size_used_bytes{instance="a"}', '95x20'],
      ['sluice_heap_limit_bytes{instance="a"}', '100x20'],
    ],
    quiet: [
      ['nodejs_heap_size_used_bytes{instance="a"}', '95 50x20'],
      ['sluice_heap_limit_bytes{instance="a"}', '100x20'],
    ],
  },
  {
    name: 'SluiceCertificateExpires',
    expr: 'sluice_certificate_expiry_timestamp_seconds - time() < 3 * 86400',
    for: '1h',
    severity: 'critical',
    summary: 'The {{ $labels.certificate }} certificate of the xDS server expires within three days.',
    means:
      'After that no proxy can connect. Sluice renews its own certificates long before; something prevents it.',
    steps: [
      'With `xds.tls.secret`: look in the log for the Secret; the replica may not write it.',
      'With files: renew them; Sluice reads new ones without a restart.',
    ],
    fires: [['sluice_certificate_expiry_timestamp_seconds{certificate="server"}', '86400x80']],
    quiet: [['sluice_certificate_expiry_timestamp_seconds{certificate="server"}', '864000x80']],
  },
  {
    name: 'SluiceStatusesWait',
    expr: 'min_over_time(sluice_status_backlog[15m]) > 100',
    for: '5m',
    severity: 'warning',
    summary: 'More than a hundred statuses have waited for fifteen minutes.',
    means: 'Conditions of objects are old. Proxies are served as ever.',
    steps: [
      'Raise `provider.kubernetes.status.writesPerSecond` if the API server can take it.',
      '`sluice_status_writes_total` has the result of writes, and `sluice_namespace_status_backlog` the namespaces.',
    ],
    fires: [['sluice_status_backlog', '200x40']],
    quiet: [['sluice_status_backlog', '5000 5000 5000 0 5000x5 0x30']],
  },
  {
    name: 'SluiceStatusWritesFail',
    expr: 'sum by (kind, result) (increase(sluice_status_writes_total{result=~"forbidden|refused|unavailable"}[15m])) > 5',
    for: '10m',
    severity: 'warning',
    summary: 'Writes of statuses of {{ $labels.kind }} fail: {{ $labels.result }}.',
    means: 'Conditions of these objects are old. Proxies are served as ever.',
    steps: [
      '`forbidden`: compare the ClusterRole with that of the chart. `refused`: the CRD or a webhook does not take the status; the log has the message. `unavailable`: the API server.',
    ],
    fires: [['sluice_status_writes_total{kind="HTTPRoute",result="forbidden"}', '0+1x40']],
    quiet: [
      ['sluice_status_writes_total{kind="HTTPRoute",result="written"}', '0+100x40'],
      ['sluice_status_writes_total{kind="HTTPRoute",result="forbidden"}', '0x40'],
    ],
  },
  {
    name: 'SluiceInfrastructureWritesFail',
    expr: 'sum by (kind, result) (increase(sluice_infrastructure_writes_total{result=~"forbidden|refused|unavailable"}[15m])) > 5',
    for: '10m',
    severity: 'warning',
    summary: 'Writes of {{ $labels.kind }} for proxies fail: {{ $labels.result }}.',
    means: 'Proxies of some Gateway are not as it asks for; the Gateway says so in a condition.',
    steps: [
      '`refused`: a webhook or quota; the condition of the Gateway has its message. `forbidden`: compare the roles with those of the chart.',
    ],
    fires: [['sluice_infrastructure_writes_total{kind="Deployment",result="refused"}', '0+1x40']],
    quiet: [['sluice_infrastructure_writes_total{kind="Deployment",result="applied"}', '0+1x40']],
  },
  {
    name: 'SluiceRegistryDown',
    expr: 'sum(sluice_wasm_registries{state="open"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'A registry of WASM modules does not answer.',
    means:
      'Plugins that are loaded go on. New ones of that registry keep their routes closed, or open, as the policy says.',
    steps: ['The log names the registry and the error.', '`sluice_wasm_checks_total` has the reasons.'],
    fires: [['sluice_wasm_registries{state="open"}', '1x30']],
    quiet: [['sluice_wasm_registries{state="open"}', '1x5 0x25']],
  },
];
