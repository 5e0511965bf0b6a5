import type { Combination, Outcome } from './combination.ts';

export function tableOf(outcomes: ReadonlyMap<Combination, Outcome>): readonly string[] {
  const rows = [...outcomes].map(
    ([{ node, npm, ignoreScripts }, { seconds, megabytes, firstLine, failure }]) => [
      node,
      npm,
      ignoreScripts ? 'ignored' : 'as npm does',
      seconds.toFixed(0),
      megabytes.toFixed(0),
      firstLine,
      failure ?? 'passed',
    ],
  );
  const head = ['Node.js', 'npm', 'install scripts', 'npm ci s', 'MB', 'first page', 'result'];
  return [head, head.map(() => '---'), ...rows].map((columns) => `| ${columns.join(' | ')} |`);
}
