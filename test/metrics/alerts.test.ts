import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { alertRules, type AlertRule, type Series } from '../../charts/alert-rules.ts';
import { dashboard } from '../../charts/dashboard.ts';
import { alertFiles, ruleGroups } from '../../docs/alerts.ts';
import { metricsPage } from '../../docs/metrics.ts';
import { missing, promtool, why } from './prometheus-program.ts';
import { labelsOf, namesIn, queries, selectedLabels, seriesNames } from './queried-metrics.ts';

const rules = stringify(ruleGroups());

test.each(alertFiles())(
  '$file is made of the table of alerts: node docs/alerts.ts',
  ({ written, wanted }) => {
    expect(written).toBe(wanted);
  },
);

test('the reference is made of the table of metrics: node docs/metrics.ts', () => {
  const { written, wanted } = metricsPage();
  expect(written).toBe(wanted);
});

test('the dashboard is made of its table: node charts/dashboard.ts', () => {
  const { written, wanted } = dashboard();
  expect(JSON.parse(written)).toEqual(JSON.parse(wanted));
});

test.each(queries)('$title asks for metrics and labels that there are', ({ expr }) => {
  expect(namesIn(expr)).not.toEqual([]);
  expect(namesIn(expr).filter((name) => !seriesNames.has(name))).toEqual([]);
  expect(
    selectedLabels(expr).filter(([name, label]) => labelsOf.get(name)?.includes(label) !== true),
  ).toEqual([]);
});

test.skipIf(missing !== undefined)(`promtool takes the rules${why}`, () => {
  const { code, text } = promtool(['check', 'rules', '--lint-fatal', 'rules.yaml'], { 'rules.yaml': rules });
  expect(text).toContain(`${alertRules.length} rules found`);
  expect(code).toBe(0);
});

/** A test of promtool: at the end of its series the alert fires, or does not. */
function unitTest({ name }: AlertRule, series: readonly Series[], fires: boolean): string {
  return stringify({
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: series.map(([input, values]) => ({ series: input, values })),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) > 0 or vector(0)`,
            eval_time: `${lengthOf(series) - 1}m`,
            exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
          },
        ],
      },
    ],
  });
}

/** Minutes that the shortest series lasts. */
function lengthOf(series: readonly Series[]): number {
  return Math.min(
    ...series.map(([, values]) =>
      values
        .split(' ')
        .map((part) => Number(/x(\d+)$/.exec(part)?.[1] ?? 0) + 1)
        .reduce((sum, count) => sum + count, 0),
    ),
  );
}

test.skipIf(missing !== undefined).each(alertRules)(`$name fires, and is quiet${why}`, (rule) => {
  const answer = promtool(['test', 'rules', 'fires.yaml', 'quiet.yaml'], {
    'rules.yaml': rules,
    'fires.yaml': unitTest(rule, rule.fires, true),
    'quiet.yaml': unitTest(rule, rule.quiet, false),
  });
  expect(answer.text).not.toContain('FAILED');
  expect(answer.code).toBe(0);
});
