import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converge } from '../rig/envoy/converge.ts';
import { accessOf, KubeClient } from '../rig/kube/kube-client.ts';

/** The cluster bed on whose network this process runs, as its admin. */
export class Cluster {
  readonly folder = fromEnvironment('SLUICE_BED_FOLDER');
  readonly kube = new KubeClient(join(this.folder, 'kubeconfig'));
  /** By a second API server, which runs only within {@link withoutApiServer}. */
  readonly spare = new KubeClient(join(this.folder, 'kubeconfig-spare'));

  /** Signals a container, as `namespace/pod/container`. */
  async signal(container: string, signal: 'KILL' | 'STOP' | 'CONT' | 'TERM'): Promise<void> {
    await this.#bed('signal', container, signal);
  }

  /** A file of a container's process under `/proc/PID`. */
  async processFile(container: string, file: 'status' | 'stat'): Promise<string> {
    return await this.#bed('process', container, file);
  }

  /** Ends the API server, does it all with only the spare one there, which Sluice does not know, and lets it run again. */
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

  /** Where the API server is, and how it lets its admin in. */
  get access(): ReturnType<typeof accessOf> {
    return accessOf(join(this.folder, 'kubeconfig'));
  }

  /** Ends etcd, so that the API server has nothing to read from, does it all meanwhile, and lets it run again. */
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

/** A figure that was measured, for whoever reads the run's output. */
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
