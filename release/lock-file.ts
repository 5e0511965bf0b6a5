import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package as `package-lock.json` pins it. */
export interface LockedPackage {
  /** Where it is, such as `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly licence: string;
  readonly integrity: string;
  /** Where else than from the registry it comes from; empty: from nowhere else. */
  readonly resolved: string;
  /** Sluice runs on it; the others generate, check or test. */
  readonly isRuntime: boolean;
  /** Has a script that npm would run at its install. */
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

/** Every package that `npm ci` may install, in the order of the file. */
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
