import type { Finding } from '../check/finding.ts';
import { byPlace, type FileProblem, type Place } from '../file/file-problem.ts';
import type { ResourceKey } from '../lib/key.ts';

/**
 * Joins the problems of files with findings, by place. A field that a file is warned of is not said again by a
 * condition, nor is an object that cannot be read. An object without a file has no line.
 */
export async function placedFindings(
  problems: readonly FileProblem[],
  findings: readonly Finding[],
  placeOf: (key: ResourceKey, path: string) => Promise<Place | undefined>,
): Promise<FileProblem[]> {
  const known = new Set(problems.map(({ object = '', path }) => `${object} ${path}`));
  const placed: FileProblem[] = [...problems];
  for (const { object, path, message } of findings) {
    if (known.has(`${object} ${path}`)) continue;
    const place = await placeOf(object, path);
    if (place !== undefined) placed.push({ severity: 'warning', ...place, object, path, message });
  }
  return placed.sort(byPlace);
}
