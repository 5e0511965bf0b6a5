import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutated, ruleOf, type Mutant } from './mutant.ts';
import { mutants } from './table.ts';
import { Workspace, type Verdict } from './workspace.ts';

/**
 * `npm run test:mutants`: breaks every rule of `src/xds/RULES.md` and expects a test to notice. Arguments choose
 * groups, rules or mutants, as in `-- D B5 C3a`. Writes `RESULTS.md`.
 */
const root = join(import.meta.dirname, '../..');
const results = join(import.meta.dirname, 'RESULTS.md');
const chosen = process.argv.slice(2);
const wanted = mutants.filter(
  (mutant) =>
    chosen.length === 0 ||
    [mutant.id, ruleOf(mutant), mutant.id.charAt(0)].some((name) => chosen.includes(name)),
);
/** A test file keeps about one core busy. */
const parallel = 2;
const workspaces: Workspace[] = [];
process.on('SIGINT', () => {
  for (const workspace of workspaces) workspace.stop();
  process.exit(130);
});
process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const stale = wanted.filter(
    (mutant) => mutated(readFileSync(join(root, mutant.file), 'utf8'), mutant) === undefined,
  );
  for (const { id, file } of stale) say(`${id} no longer applies to ${file}: find what keeps its rule now`);
  if (wanted.length === 0) say(`no mutant is called ${chosen.join(' ')}`);
  if (stale.length > 0 || wanted.length === 0) return false;

  workspaces.push(...Array.from({ length: parallel }, (_, i) => open(i)));
  const tests = [...new Set(wanted.flatMap((mutant) => mutant.tests))].sort();
  say(`${tests.length} test files without any break`);
  const unbroken = await Promise.all(
    workspaces.map((workspace, i) => workspace.run(tests.filter((_, at) => at % parallel === i))),
  );
  for (const verdict of unbroken) {
    if (verdict.kind === 'green') continue;
    say(`red as it is, so that no mutant could be told: ${textOf(verdict)}`);
    if (verdict.kind === 'red') say(verdict.why);
    return false;
  }

  const verdicts = new Map<Mutant, Verdict>();
  const queue = [...wanted];
  await Promise.all(
    workspaces.map(async (workspace) => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const verdict = await workspace.verdictOf(mutant);
        verdicts.set(mutant, verdict);
        say(`${verdicts.size}/${wanted.length} ${mutant.id} ${mutant.breaks}: ${textOf(verdict)}`);
      }
    }),
  );
  writeFileSync(results, resultsTable(verdicts));
  const living = wanted.filter((mutant) => verdicts.get(mutant)?.kind !== 'red');
  say(`${wanted.length - living.length} of ${wanted.length} mutants were noticed`);
  for (const { id, breaks } of living) say(`${id} was not: ${breaks}`);
  return living.length === 0;
}

function open(index: number): Workspace {
  return new Workspace(join(root, '.cache/mutants', String(index)));
}

function textOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'green':
      return 'NOT NOTICED';
    case 'red':
      return verdict.failed;
    case 'unknown':
      return `NO VERDICT ${verdict.problem}`;
  }
}

/** Rows of mutants that did not run stay. */
function resultsTable(verdicts: ReadonlyMap<Mutant, Verdict>): string {
  const before = existsSync(results) ? readFileSync(results, 'utf8').split('\n') : [];
  const rows = mutants.flatMap((mutant) => {
    const verdict = verdicts.get(mutant);
    if (verdict === undefined) return before.filter((line) => line.startsWith(`| ${mutant.id} |`));
    return `| ${[mutant.id, mutant.breaks, mutant.file, textOf(verdict)].map(column).join(' | ')} |`;
  });
  return `# Mutants

Written by \`npm run test:mutants\`: each row is a deliberate break of a rule of [RULES.md](../../src/xds/RULES.md), and the
first test that fails with it.

| mutant | the broken server … | broken in | noticed by |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function column(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
