import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converge } from '../rig/envoy/converge.ts';
import { accessOf, KubeClient } from '../rig/kube/kube-client.ts';

/** The bed on whose network this process runs, as its admin. */
export class Cluster {
  readonly folder = fromEnvironment('SLUICE_BED_FOLDER');
  readonly kube = new KubeClient(join(this.folder, 'kubeconfig'));
  /** Connects to a second API server, which runs only within {@link withoutApiServer}. */
  readonly spare = new KubeClient(join(this.folder, 'kubeconfig-spare'));

  /** `container`: `namespace/pod/container`. */
  async signal(container: string, signal: 'KILL' | 'STOP' | 'CONT' | 'TERM'): Promise<void> {
    await this.#bed('signal', container, signal);
  }

  async processFile(container: string, file: 'status' | 'stat'): Promise<string> {
    return await this.#bed('process', container, file);
  }

  /** Runs `meanwhile` with the API server down, except for a spare one that Sluice does not know. */
  async withoutApiServer(meanwhile: (spare: KubeClient) => Promise<void>): Promise<void> {
    await this.#bed('release', 'spare');
    await converge(async () => await isReady(this.spare), startMs);
    await this.#bed('hold', 'apiserver');
    try {
      await meanwhile(this.spare);
    } finally {
      await this.#bed('release', 'apiserver');
      await converge(async () => await isReady(this.kube), startMs);
      await this.#bed('hold', 'spare');
    }
  }

  get access(): ReturnType<typeof accessOf> {
    return accessOf(join(this.folder, 'kubeconfig'));
  }

  /** Runs `meanwhile` without etcd, so that the API server has nothing to read from. */
  async withoutEtcd(meanwhile: () => Promise<void>): Promise<void> {
    await this.#bed('hold', 'etcd');
    try {
      await meanwhile();
    } finally {
      await this.#bed('release', 'etcd');
      await converge(async () => await isReady(this.kube), startMs);
    }
  }

  async close(): Promise<void> {
    await this.kube.close();
    await this.spare.close();
  }

  async #bed(command: string, ...args: string[]): Promise<string> {
    const program = fromEnvironment('SLUICE_BED_PROGRAM');
    return (await run(program, [command, this.folder, ...args])).stdout;
  }
}

export function figure(line: string): void {
  process.stderr.write(`  figure: ${line}\n`);
}

const run = promisify(execFile);
const startMs = 60_000;

async function isReady(kube: KubeClient): Promise<boolean> {
  return (await kube.send('GET', '/readyz')).status === 200;
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: these tests run by npm run test:cluster`);
  return value;
}
