import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedPackages, root } from './lock-file.ts';

/** Licences that let an image with the package be redistributed, with its notice. */
export const allowedLicences: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  '(Apache-2.0 AND BSD-3-Clause)',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
]);

const file = join(root, 'docs', 'licences.md');

/** Returns the page as it is, and as the lock file requires it. */
export function licencesPage(): { readonly written: string; readonly wanted: string } {
  const runtime = lockedPackages().filter(({ isRuntime }) => isRuntime);
  const names = [
    ...new Set(runtime.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`)),
  ];
  const lines = [
    '# Licences of what Sluice runs on',
    '',
    'Made by `node release/licences.ts` from `package-lock.json`. These packages are in the image, each with its own notice; what',
    'generates, checks or tests is not. Sluice itself is under Apache-2.0.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...names,
    '',
  ];
  return { written: readFileSync(file, 'utf8'), wanted: lines.join('\n') };
}

if (import.meta.main) writeFileSync(file, licencesPage().wanted);
