import { stringify } from 'yaml';
import { formatFileProblem } from '../file/file-problem.ts';
import { readManifests } from '../file/read-manifests.ts';
import { translateOffline } from '../run/translate-offline.ts';
import type { Terminal } from './terminal.ts';

export async function translate(path: string, format: 'json' | 'yaml', terminal: Terminal): Promise<number> {
  const manifests = await readManifests(path);
  const { problems } = manifests;
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  const translation = await translateOffline(manifests);
  if (translation === undefined) {
    terminal.err(
      'sluice: translate: the translation takes too long: split the manifests, and report it as a bug',
    );
    return 1;
  }
  terminal.out(format === 'json' ? `${JSON.stringify(translation, undefined, 2)}\n` : stringify(translation));
  return problems.some(({ severity }) => severity === 'error') ? 2 : 0;
}
