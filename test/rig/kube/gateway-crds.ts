import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './kube-client.ts';

export type Channel = 'standard' | 'experimental';

export async function gatewayCrds(channel: Channel): Promise<KubeObject[]> {
  const module = join(import.meta.dirname, '..', '..', 'cluster', 'bed', 'conformance');
  const args = ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/gateway-api'];
  const { stdout } = await promisify(execFile)('go', args, { cwd: module });
  const files = globSync(join(stdout.trim(), 'config', 'crd', channel, 'gateway*.yaml'));
  const objects = files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject | null),
  );
  return objects.filter((object) => object !== null);
}
