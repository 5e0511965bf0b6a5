import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { fileProblem, type FileProblem, type Place } from './file-problem.ts';
import { defaultLimits } from './limits.ts';
import { listFolder } from './list-folder.ts';
import { objectsIn, partsOf } from './manifest-parts.ts';
import { parseJson, parseYaml } from './parse-document.ts';
import { readInside } from './read-file.ts';

/** An object of any kind, as it is written. */
export interface WrittenObject {
  readonly value: unknown;
  /** Finds the place of a field, or of the deepest part of its path that exists. */
  readonly placeOf: (path: readonly (string | number)[]) => Place;
}

export interface WrittenObjects {
  readonly objects: readonly WrittenObject[];
  readonly problems: readonly FileProblem[];
}

/** Reads every object of a folder or a file, of kinds that Sluice does not follow, too. Never rejects. */
export async function readObjects(path: string): Promise<WrittenObjects> {
  try {
    const real = await realpath(path);
    const isDirectory = (await stat(real)).isDirectory();
    const root = isDirectory ? real : dirname(real);
    const { maxFiles, maxFileBytes } = defaultLimits;
    const limits = { maxFiles, ignore: [], ...(isDirectory ? {} : { only: basename(real) }) };
    const listing = await listFolder(root, limits, () => {});
    const objects: WrittenObject[] = [];
    const problems = [...listing.problems];
    for (const file of listing.files) {
      const content = await readInside(root, file.path, maxFileBytes);
      if (content.kind === 'read') readText(file.name, content.bytes.toString(), objects, problems);
      else problems.push(fileProblem(file.name, 'cannot be read'));
    }
    return { objects, problems };
  } catch (error) {
    return { objects: [], problems: [fileProblem(path, `cannot be read: ${failureText(error)}`)] };
  }
}

function readText(file: string, text: string, objects: WrittenObject[], problems: FileProblem[]): void {
  const format = file.endsWith('.json') ? 'json' : 'yaml';
  for (const source of partsOf(text, format)) {
    const document = format === 'json' ? parseJson(source.text) : parseYaml(source.text);
    const placed = (position: Place['position']): Place => ({
      file,
      position: { ...position, line: position.line + source.linesBefore },
    });
    if (document.kind === 'broken') {
      problems.push({ ...fileProblem(file, document.message), ...placed(document.position) });
      continue;
    }
    for (const { value, place } of objectsIn(document.value, source.part))
      objects.push({ value, placeOf: (path) => placed(document.locate([...place, ...path])) });
  }
}
