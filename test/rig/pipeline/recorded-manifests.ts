import { appendFileSync } from 'node:fs';

/** File that gets the manifests of a run, one a line, with `RECORD_MANIFESTS`; undefined: none is written. */
const file = process.env['RECORD_MANIFESTS'];
const recorded = new Set<string>();

/** Writes each manifest of a kind of Envoy Gateway once, so that a cluster test can ask a real API server about all of them. */
export function recordManifest(manifest: object): void {
  if (file === undefined || !('apiVersion' in manifest)) return;
  if (!String(manifest.apiVersion).startsWith('gateway.envoyproxy.io/')) return;
  const line = JSON.stringify(manifest);
  if (recorded.has(line)) return;
  recorded.add(line);
  appendFileSync(file, `${line}\n`);
}
