import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allowedLicences, licencesPage } from './licences.ts';
import { lockedPackages, root, type LockedPackage } from './lock-file.ts';

/** Returns the reasons against a release with these packages. */
export function problemsOfPackages(packages: readonly LockedPackage[] = lockedPackages()): string[] {
  const { written, wanted } = licencesPage();
  return [
    ...packages.flatMap(problemsOf),
    ...(written === wanted ? [] : ['docs/licences.md is not of these packages: node release/licences.ts']),
  ];
}

/** Packages with an install script that is not needed and does not run. */
const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
};

function problemsOf(found: LockedPackage): string[] {
  const { name, version, licence, integrity, resolved, isRuntime, hasScript } = found;
  const what = `${name}@${version}`;
  return [
    ...(integrity.startsWith('sha512-') ? [] : [`${what} has no hash`]),
    ...(resolved === '' ? [] : [`${what} does not come from the registry`]),
    ...(hasScript && allowScripts[name] !== false ? [`${what} would run a script when it is installed`] : []),
    ...(isRuntime && !allowedLicences.has(licence) ? [`${what} is under ${licence || 'no licence'}`] : []),
  ];
}
