import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LockedPackage {
  /** Path such as `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly integrity: string;
  /** URL outside of the registry; empty for a package of the registry. */
  readonly resolved: string;
  /** False for packages that generate, check or test. */
  readonly isRuntime: boolean;
  /** True for a script that npm would run on install. */
  readonly hasScript: boolean;
}

export const root = join(import.meta.dirname, '..');

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Returns every package that `npm ci` may install, in the order of the file. */
export function lockedPackages(): LockedPackage[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Entry>>;
  };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version ?? '',
      licence: entry.license ?? '',
      integrity: entry.integrity ?? '',
      resolved: entry.resolved ?? '',
      isRuntime: entry.dev !== true && entry.devOptional !== true && entry.optional !== true,
      hasScript: entry.hasInstallScript === true,
    }));
}
