import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEnvoy } from '../../src/local/envoy-binary.ts';
import { proxyBootstrap } from '../../src/infra/bootstrap.ts';
import { configFolder } from '../../src/infra/config-secret.ts';
import { drainPath, type DrainOptions } from '../../src/infra/drain-listener.ts';
import { proxyContainer } from '../../src/infra/proxy-container.ts';
import type { IpFamily } from '../../src/infra/static-listener.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import { site, webInfrastructure } from '../rig/kube/infrastructure.ts';
import { converge } from '../rig/envoy/converge.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';
import { send, type Answer } from '../rig/envoy/http-client.ts';
import { MountedCertificate } from '../rig/envoy/mounted-certificate.ts';
import { xdsToken } from '../rig/envoy/tls-rig.ts';

export interface ProxyPodOptions {
  /** Name of a Gateway in namespace `default`. */
  readonly gateway: string;
  readonly xdsPort: number;
  readonly material: TlsMaterial;
  readonly drain: Pick<DrainOptions, 'timeoutMs' | 'minMs' | 'failAfterMs'>;
  readonly ipFamily?: IpFamily;
}

/** A real Envoy, with bootstrap, flags and files as in a proxy's pod. Only paths and the pod's own ports differ. */
export class ProxyPod {
  readonly readinessPort: number;
  readonly drainPort: number;
  readonly adminPort: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-pod-'));
  readonly #mounted: MountedCertificate;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;

  private constructor(
    [adminPort = 0, readinessPort = 0, drainPort = 0]: readonly number[],
    material: TlsMaterial,
  ) {
    this.#mounted = new MountedCertificate(material);
    this.adminPort = adminPort;
    this.readinessPort = readinessPort;
    this.drainPort = drainPort;
  }

  /** Does not wait until the proxy is ready. */
  static async start(options: ProxyPodOptions): Promise<ProxyPod> {
    const { gateway, xdsPort, material, drain, ipFamily } = options;
    const found = await findEnvoy({ cacheDir, progress: () => {} });
    if (found.kind === 'missing') throw new Error(found.line);
    const pod = new ProxyPod(await freePorts(3), material);
    const { certificateFile, authorityFile } = pod.#mounted;
    const bootstrap = proxyBootstrap({
      gateway: `default/${gateway}`,
      xdsAddress: '127.0.0.1',
      xdsPort,
      xdsServerName: site.xdsServerName,
      xdsToken,
      adminPort: pod.adminPort,
      readinessPort: pod.readinessPort,
      ipFamily,
      drain: { port: pod.drainPort, token, ...drain },
      certificateFile,
      authorityFile,
    });
    writeFileSync(join(pod.#directory, 'bootstrap.json'), bootstrap);
    pod.#run(found.path);
    return pod;
  }

  async ready(): Promise<void> {
    await converge(async () => {
      if (this.#child?.exitCode !== null) throw new Error(`Envoy ended: ${this.#lines.join('\n')}`);
      return (await this.readiness()).status === 200;
    });
  }

  readiness(address = '127.0.0.1'): Promise<Answer> {
    return send(this.readinessPort, { path: '/ready', address });
  }

  /** The kubelet's request before it ends the container. */
  preStop(): Promise<Answer> {
    return send(this.drainPort, { path: drainPath(token) });
  }

  async stat(name: string): Promise<number> {
    // The other ports open only once the config has arrived.
    const { body } = await send(this.adminPort, { path: '/stats/prometheus' });
    const line = `envoy_cluster_${name}{envoy_cluster_name="xds_cluster"} `;
    return Number(
      body
        .split('\n')
        .find((text) => text.startsWith(line))
        ?.slice(line.length) ?? 0,
    );
  }

  renew(material: TlsMaterial): void {
    this.#mounted.mount(material);
  }

  /** As the kubelet does after the drain. Resolves to Envoy's exit code. */
  async terminate(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    const ended = once(child, 'exit') as Promise<[number | null]>;
    child.kill('SIGTERM');
    const [code] = await ended;
    return code;
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      this.#kill();
      await ended;
    }
    process.off('exit', this.#kill);
    this.#mounted.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #run(envoy: string): void {
    const { args } = proxyContainer(webInfrastructure({ concurrency: 1 }), site) as { args: string[] };
    const real = args.map((text) =>
      text.replace(configFolder, this.#directory).replace('$(ENVOY_POD_NAME)', 'pod'),
    );
    const child = spawn(envoy, real, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    // When the test run is ended from outside.
    process.once('exit', this.#kill);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lines.push(...text.trimEnd().split('\n'));
      this.#lines.splice(0, this.#lines.length - maxLines);
    });
  }

  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };
}

const token = 'not-to-be-guessed';
const cacheDir = join(import.meta.dirname, '..', '..', '.cache');
const maxLines = 100;
