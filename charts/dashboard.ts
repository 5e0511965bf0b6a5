import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, 'sluice', 'files', 'dashboard.json');

interface Panel {
  readonly title: string;
  /** Unit of Grafana. */
  readonly unit: 's' | 'short' | 'bytes' | 'Bps' | 'ops';
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

/** Selects by the variable: a Prometheus may scrape several installations. */
const chosen = 'job=~"$job"';

function quantiles(metric: string, labels = ''): Panel['queries'] {
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(${metric}_bucket{${chosen}${labels}}[$__rate_interval])))`,
    legend: `p${quantile * 100}`,
  }));
}

function sum(metric: string, by: string, labels = ''): Panel['queries'] {
  return [{ expr: `sum by (${by}) (${metric}{${chosen}${labels}})`, legend: `{{${by}}}` }];
}

function rate(metric: string, by: string, labels = ''): Panel['queries'] {
  return [
    {
      expr: `sum by (${by}) (rate(${metric}{${chosen}${labels}}[$__rate_interval]))`,
      legend: `{{${by}}}`,
    },
  ];
}

/** Rows of the dashboard: first what users notice, then why. */
export const dashboardRows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'Do proxies have what they should?',
    panels: [
      {
        title: 'Endpoints: from the change to the answer of a proxy',
        unit: 's',
        queries: quantiles('sluice_endpoint_lag_seconds'),
      },
      {
        title: 'Config: from the event to the ACK',
        unit: 's',
        queries: quantiles('sluice_propagation_seconds', ',lane="config",stage="total"'),
      },
      {
        title: 'Oldest change without an ACK, by Gateway',
        unit: 's',
        queries: [
          {
            expr: `max by (gateway) (sluice_gateway_oldest_unacknowledged_seconds{${chosen}})`,
            legend: '{{gateway}}',
          },
        ],
      },
      { title: 'Connected proxies', unit: 'short', queries: sum('sluice_xds_connected_proxies', 'gateway') },
      { title: 'Proxies behind', unit: 'short', queries: sum('sluice_xds_proxies_behind', 'type') },
      {
        title: 'Rejected resources, at their last good version',
        unit: 'short',
        queries: sum('sluice_xds_last_good_resources', 'type'),
      },
    ],
  },
  {
    title: 'What do users get wrong?',
    panels: [
      {
        title: 'Conditions that are not met',
        unit: 'short',
        queries: [
          {
            expr: `max by (kind, type, reason) (sluice_false_conditions{${chosen}}) > 0`,
            legend: '{{kind}} {{type}} {{reason}}',
          },
        ],
      },
      {
        title: 'Clients that the xDS server refuses',
        unit: 'ops',
        queries: rate('sluice_xds_refused_total', 'reason'),
      },
      {
        title: 'Worker time by namespace',
        unit: 's',
        queries: sum('sluice_namespace_translate_seconds', 'namespace'),
      },
    ],
  },
  {
    title: 'Stages',
    panels: [
      { title: 'Events', unit: 'ops', queries: rate('sluice_events_total', 'kind') },
      {
        title: 'Mean time of each stage, config',
        unit: 's',
        queries: [
          {
            expr: `sum by (stage) (rate(sluice_propagation_seconds_sum{${chosen},lane="config"}[$__rate_interval])) / sum by (stage) (rate(sluice_propagation_seconds_count{${chosen},lane="config"}[$__rate_interval]))`,
            legend: '{{stage}}',
          },
        ],
      },
      { title: 'Units of a wave', unit: 'short', queries: quantiles('sluice_wave_units') },
      { title: 'Bytes sent', unit: 'Bps', queries: rate('sluice_xds_response_bytes_total', 'type') },
      { title: 'First pushes', unit: 's', queries: quantiles('sluice_first_push_seconds') },
      { title: 'NACKs', unit: 'ops', queries: rate('sluice_xds_nacks_total', 'type') },
    ],
  },
  {
    title: 'API server and leader',
    panels: [
      {
        title: 'Silence of the API server',
        unit: 's',
        queries: [{ expr: `max by (kind) (sluice_watch_staleness_seconds{${chosen}})`, legend: '{{kind}}' }],
      },
      { title: 'Watches started again', unit: 'ops', queries: rate('sluice_watch_restarts_total', 'reason') },
      { title: 'Statuses that wait', unit: 'short', queries: sum('sluice_status_backlog', 'pod') },
      { title: 'Writes of statuses', unit: 'ops', queries: rate('sluice_status_writes_total', 'result') },
      { title: 'Leader', unit: 'short', queries: sum('sluice_leader', 'pod') },
      {
        title: 'Writes of objects for proxies',
        unit: 'ops',
        queries: rate('sluice_infrastructure_writes_total', 'result'),
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      { title: 'CPU', unit: 'short', queries: rate('process_cpu_seconds_total', 'pod') },
      { title: 'Memory', unit: 'bytes', queries: sum('process_resident_memory_bytes', 'pod') },
      { title: 'Heap', unit: 'bytes', queries: sum('nodejs_heap_size_used_bytes', 'pod') },
      {
        title: 'Delay of the main thread',
        unit: 's',
        queries: quantiles('sluice_event_loop_delay_seconds'),
      },
      {
        title: 'Time in garbage collection',
        unit: 's',
        queries: rate('nodejs_gc_duration_seconds_sum', 'kind'),
      },
      { title: 'Workers replaced', unit: 'ops', queries: rate('sluice_worker_restarts_total', 'reason') },
      { title: 'Registries of WASM modules', unit: 'short', queries: sum('sluice_wasm_registries', 'state') },
    ],
  },
];

const [width, height, perRow] = [8, 8, 3];

/** Makes the dashboard of the chart, for Grafana 10 and later. */
function dashboardText(): string {
  const panels: object[] = [];
  let y = 0;
  for (const row of dashboardRows) {
    const id = panels.length + 1;
    panels.push({
      id,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y++, 24, 1),
    });
    for (const [i, panel] of row.panels.entries())
      panels.push(graph(panels.length + 1, panel, (i % perRow) * width, y + Math.floor(i / perRow) * height));
    y += Math.ceil(row.panels.length / perRow) * height;
  }
  const whole = {
    uid: 'sluice',
    title: 'Sluice',
    tags: ['sluice', 'gateway-api'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'job',
          type: 'query',
          label: 'Job',
          datasource,
          query: 'label_values(sluice_build_info, job)',
          refresh: 2,
          multi: true,
          includeAll: true,
        },
      ],
    },
    panels,
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

const datasource = { type: 'prometheus', uid: '${datasource}' };

function graph(id: number, { title, unit, queries }: Panel, x: number, y: number): object {
  return {
    id,
    type: 'timeseries',
    title,
    datasource,
    gridPos: at(x, y, width, height),
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: 'ABC'[i],
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}

function at(x: number, y: number, w: number, h: number): object {
  return { x, y, w, h };
}

export function dashboard(): { readonly written: string; readonly wanted: string } {
  return { written: readFileSync(file, 'utf8'), wanted: dashboardText() };
}

// `node charts/dashboard.ts && npm run fmt` writes it again.
if (import.meta.main) writeFileSync(file, dashboardText());
