import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alertRules, type AlertRule } from '../charts/alert-rules.ts';

const page = join(import.meta.dirname, 'alerts.md');
const rules = join(import.meta.dirname, '..', 'charts', 'sluice', 'files', 'alerts.yaml');

/** Stands for `prometheusRule.runbookUrl` in the chart's file. */
const runbooks = 'RUNBOOK_URL';

/** Makes the page of alerts and the chart's file of rules from one table. */
export function alertFiles(): readonly {
  readonly file: string;
  readonly written: string;
  readonly wanted: string;
}[] {
  return [
    { file: page, wanted: pageText() },
    { file: rules, wanted: rulesText() },
  ].map(({ file, wanted }) => ({ file, wanted, written: readFileSync(file, 'utf8') }));
}

/** `severity` is a label; a runbook is a section of the page. */
export function ruleGroups(): object {
  return {
    groups: [
      {
        name: 'sluice',
        rules: alertRules.map(({ name, expr, for: holds, severity, summary, means }) => ({
          alert: name,
          expr,
          for: holds,
          labels: { severity },
          annotations: { summary, description: means, runbook_url: `${runbooks}#${name.toLowerCase()}` },
        })),
      },
    ],
  };
}

function rulesText(): string {
  const text = stringify(ruleGroups(), { lineWidth: 0, singleQuote: true });
  return `# Made by \`node docs/alerts.ts\` from charts/alert-rules.ts.\n${text}`;
}

function pageText(): string {
  return `# Alerts

Made by \`node docs/alerts.ts\` from \`charts/alert-rules.ts\`. The chart has them as a PrometheusRule (\`prometheusRule.enabled\`), and
\`charts/sluice/files/alerts.yaml\` is a file of rules for any Prometheus. Each has a test that fires it, and one that does not.
Severity \`critical\`: traffic fails, or soon will; \`warning\`: a change does not take effect. The metrics are in the
[reference](metrics.md).

${alertRules.map(section).join('\n')}`;
}

function section({ name, expr, for: holds, severity, summary, means, steps }: AlertRule): string {
  const what = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '`$1`').replaceAll(/\{\{[^}]*\}\}/g, 'long');
  return `## ${name}

${what} (${severity}, ${holds === '0m' ? 'at once' : `for ${holds}`})

\`\`\`promql
${expr}
\`\`\`

${means}

${steps.map((step, i) => `${i + 1}. ${step}`).join('\n')}
`;
}

if (import.meta.main) for (const { file, wanted } of alertFiles()) writeFileSync(file, wanted);
