import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { contentHash } from '../lib/hash.ts';
import { envoyBootstrap } from './bootstrap.ts';
import { SupervisedProcess, type ProcessHost } from './supervised-process.ts';

export interface EnvoyOptions {
  readonly binary: string;
  readonly gateway: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  readonly host: ProcessHost;
}

/** A developer's machine needs at most two threads. */
const maxConcurrency = 2;

/** Returns the Envoy of one Gateway. It chooses its admin port, and writes it to `<name>.admin` in the state folder. */
export function envoyProcess(options: EnvoyOptions): SupervisedProcess {
  const { binary, gateway, host } = options;
  const { stateDir } = host;
  const name = fileName(gateway);
  const bootstrap = envoyBootstrap({
    gateway,
    nodeId: `standalone/${gateway}`,
    xdsAddress: options.xdsAddress,
    xdsPort: options.xdsPort,
    adminPort: 0,
  });
  const bootstrapFile = join(stateDir, `${name}.json`);
  writeFileSync(bootstrapFile, bootstrap);
  const args = ['--config-path', bootstrapFile, '--admin-address-path', join(stateDir, `${name}.admin`)];
  args.push('--log-level', 'warning', '--disable-hot-restart');
  args.push('--concurrency', String(Math.min(maxConcurrency, availableParallelism())));
  return new SupervisedProcess(
    { name, title: `Envoy of Gateway ${gateway}`, command: binary, args, cwd: stateDir, identity: bootstrap },
    host,
  );
}

/** Most file systems allow 255 bytes, with a suffix such as `.admin`. Names of Gateways contain no `_`. */
const maxFileName = 200;

function fileName(gateway: string): string {
  const name = `envoy_${gateway.replace('/', '_')}`;
  return name.length <= maxFileName
    ? name
    : `${name.slice(0, maxFileName - 17)}_${contentHash(gateway).slice(0, 16)}`;
}
