import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics } from '../src/observe/metrics.ts';
import type { Labels } from '../src/observe/metric-makers.ts';

const file = join(import.meta.dirname, 'metrics.md');

/** Makes the reference of metrics from their tables. */
export function metricsPage(): { readonly written: string; readonly wanted: string } {
  const sections = createMetrics().sections.map(
    ({ title, table }) => `## ${title}

| metric | type | labels | meaning |
|---|---|---|---|
${table
  .map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labelText(labels)} | ${cell(help)} |`)
  .join('\n')}
`,
  );
  const wanted = `# Metrics

Made by \`node docs/metrics.ts\`, after a change of a metric. \`/metrics\` of the admin server has them; the chart has a ServiceMonitor,
a PodMonitor, [alerts](alerts.md) and a dashboard for Grafana. Names and labels follow Prometheus' conventions; what may change
in a release is in [stability](stability.md).

Where a label has a list of values, each of its series exists from the start, at 0. No label has a text that a tenant chooses,
except names of namespaces and Gateways, of which twenty are shown: the number of series is bounded, whatever tenants make.

${sections.join('\n')}`;
  return { written: readFileSync(file, 'utf8'), wanted };
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${typeof values === 'string' ? values : listed(values)}`)
    .join('; ');
}

/** Lists of kinds are long, and are on other pages. */
function listed(values: readonly string[]): string {
  const [first = '', second = ''] = values.filter((value) => value !== '');
  return values.length > 12 ? `${first}, ${second} and so on` : values.join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) writeFileSync(file, metricsPage().wanted);
