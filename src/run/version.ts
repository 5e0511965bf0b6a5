import { readFileSync } from 'node:fs';

/** Sluice's version, as `package.json` has it. */
function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}

/** The program's name and version, as proxies and `--version` show it. */
export function buildName(): string {
  return `sluice ${version()}`;
}
