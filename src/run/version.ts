import { readFileSync } from 'node:fs';

/** Version of Sluice, as in its package. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}

/** Name and version, as proxies and `--version` show it. */
export function buildName(): string {
  return `sluice ${version()}`;
}
