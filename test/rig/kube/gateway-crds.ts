import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './kube-client.ts';

type Channel = 'standard' | 'experimental';

export interface Crds {
  readonly channel: Channel;
  /** Release of Gateway API, such as `1.6.3`; undefined: that of the suite. */
  readonly version?: string | undefined;
}

/** The Go module of the official suite, whose Gateway API the tests install. */
export const suiteFolder = join(import.meta.dirname, '..', '..', 'cluster', 'bed', 'conformance');

/** The suite's go.mod names a later Go than the bed's: the go command fetches it, where a setting does not forbid that. */
export const suiteEnvironment: NodeJS.ProcessEnv = { ...process.env, GOTOOLCHAIN: 'auto' };

/** Fetches the Go module of the release where it is missing. */
export async function gatewayCrds({ channel, version }: Crds): Promise<KubeObject[]> {
  const folder = join(await moduleFolder(version), 'config', 'crd', channel);
  const objects = globSync(join(folder, 'gateway*.yaml')).flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject | null),
  );
  return objects.filter((object) => object !== null);
}

async function moduleFolder(version: string | undefined): Promise<string> {
  const module = 'sigs.k8s.io/gateway-api';
  const options = { cwd: version === undefined ? suiteFolder : tmpdir(), env: suiteEnvironment };
  const named = version === undefined ? module : `${module}@v${version}`;
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', named], options);
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}
