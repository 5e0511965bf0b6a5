import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { contentHash } from '../lib/hash.ts';
import { envoyBootstrap } from './bootstrap.ts';
import { SupervisedProcess, type ProcessHost } from './supervised-process.ts';

export interface EnvoyOptions {
  readonly binary: string;
  /** `namespace/name`. */
  readonly gateway: string;
  readonly xdsAddress: string;
  readonly xdsPort: number;
  readonly host: ProcessHost;
}

/** On a developer's machine two threads serve as much as anybody asks for. */
const maxConcurrency = 2;

/** The Envoy of one Gateway. Its admin server is on a port of its own choice, which `<name>.admin` in the state folder holds. */
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

/** Its files end in `.admin` and the like, and most file systems take 255 bytes. Neither part of a Gateway's name has a `_`. */
const maxFileName = 200;

function fileName(gateway: string): string {
  const name = `envoy_${gateway.replace('/', '_')}`;
  return name.length <= maxFileName
    ? name
    : `${name.slice(0, maxFileName - 17)}_${contentHash(gateway).slice(0, 16)}`;
}
