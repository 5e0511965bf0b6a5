import { stringify } from 'yaml';
import { formatFileProblem, type FileProblem } from '../file/file-problem.ts';
import { readObjects } from '../file/read-objects.ts';
import { importObjects } from '../import/import-objects.ts';
import type { Terminal } from './terminal.ts';

export interface ImportOptions {
  readonly path: string;
  /** `namespace/name`. */
  readonly gateway: string;
  readonly class: string;
  readonly strict: boolean;
}

export async function importManifests(options: ImportOptions, terminal: Terminal): Promise<number> {
  const { objects, problems } = await readObjects(options.path);
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  const found: FileProblem[] = [];
  const written = objects.map(({ value, placeOf }) => ({
    value,
    report(path: readonly (string | number)[], message: string) {
      const shown = path.map(String).join('.');
      found.push({
        severity: 'warning',
        object: undefined,
        path: shown,
        message,
        ...placeOf(path),
      });
    },
  }));
  const [namespace = '', name = ''] = options.gateway.split('/');
  const manifests = importObjects(written, { namespace, name, className: options.class });
  for (const problem of found) terminal.err(formatFileProblem(problem));
  terminal.out(
    manifests.map((manifest) => `---\n${stringify(manifest, { aliasDuplicateObjects: false })}`).join(''),
  );
  terminal.err(
    `sluice: import: ${objects.length} objects read, ${manifests.length} made; ${found.length} not carried over`,
  );
  if (problems.length > 0) return 2;
  return options.strict && found.length > 0 ? 1 : 0;
}
