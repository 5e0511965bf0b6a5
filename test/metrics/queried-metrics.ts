import { createMetrics } from '../../src/observe/metrics.ts';
import { alertRules } from '../../charts/alert-rules.ts';
import { dashboardRows } from '../../charts/dashboard.ts';

const table = createMetrics().sections.flatMap((section) => section.table);

/** Names of all series, those of a histogram with their ends. */
export const seriesNames: ReadonlySet<string> = new Set(
  table.flatMap(({ name, type }) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((end) => `${name}_${end}`) : [name],
  ),
);

/** Labels of a series, by its name. */
export const labelsOf: ReadonlyMap<string, readonly string[]> = new Map(
  table.flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? ['bucket', 'sum', 'count'].map((end) => [`${name}_${end}`, Object.keys(labels)] as const)
      : [[name, Object.keys(labels)] as const],
  ),
);

export interface Query {
  readonly title: string;
  readonly expr: string;
}

/** Queries of all alerts and panels, as a Prometheus takes them. */
export const queries: readonly Query[] = [
  ...alertRules.map(({ name, expr }) => ({ title: name, expr })),
  ...dashboardRows.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries: own }) =>
      own.map(({ expr, legend }) => ({
        title: `${title}, ${legend}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*'),
      })),
    ),
  ),
];

export function namesIn(expr: string): readonly string[] {
  return expr.match(/\b(?:sluice|process|nodejs)_[a-z_]+\b/g) ?? [];
}

/** Pairs of a series and a label that the expression selects by or groups by, but for labels of the scrape. */
export function selectedLabels(expr: string): readonly (readonly [string, string])[] {
  return [...expr.matchAll(/\b((?:sluice|process|nodejs)_[a-z_]+)\{([^}]*)\}/g)].flatMap(
    ([, name = '', selectors = '']) =>
      [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
        .map(([, label = '']) => [name, label] as const)
        .filter(([, label]) => !['job', 'instance', 'pod', 'le'].includes(label)),
  );
}
