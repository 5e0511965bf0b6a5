import { stringify } from 'yaml';
import { formatFileProblem } from '../file/file-problem.ts';
import { readManifests } from '../file/read-manifests.ts';
import { placedFindings } from '../run/placed-findings.ts';
import { translateOffline } from '../run/translate-offline.ts';
import type { Terminal } from './terminal.ts';

export async function translate(path: string, format: 'json' | 'yaml', terminal: Terminal): Promise<number> {
  const manifests = await readManifests(path);
  const translated = await translateOffline(manifests);
  if (translated === undefined) {
    terminal.err(
      'sluice: translate: the translation takes too long: split the manifests, and report it as a bug',
    );
    return 1;
  }
  const { translation, findings } = translated;
  const problems = await placedFindings(manifests.problems, findings, manifests.placeOf);
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  terminal.out(format === 'json' ? `${JSON.stringify(translation, undefined, 2)}\n` : stringify(translation));
  terminal.err(summary(manifests.changes.length, Object.keys(translation.gateways).length, problems.length));
  return problems.some(({ severity }) => severity === 'error') ? 2 : 0;
}

function summary(objects: number, gateways: number, problems: number): string {
  const found = problems === 0 ? 'nothing is wrong' : `${counted(problems, 'problem')}, named above`;
  return `sluice: translate: ${counted(objects, 'object')}, ${counted(gateways, 'Gateway')} with resources; ${found}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
