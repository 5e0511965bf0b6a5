import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { converge } from '../rig/envoy/converge.ts';
import { send } from '../rig/envoy/http-client.ts';

/** `sluice serve` as a process on a folder of manifests; `kill` ends it as a power failure does. */
export class SluiceProcess {
  readonly xdsPort: number;
  readonly #adminPort: number;
  readonly #config: string;
  readonly #manifests: string;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;

  /** The caller's directory has config and manifests. */
  constructor(directory: string, [xdsPort = 0, adminPort = 0]: readonly number[]) {
    this.xdsPort = xdsPort;
    this.#adminPort = adminPort;
    this.#config = join(directory, 'config.yaml');
    this.#manifests = join(directory, 'manifests');
    mkdirSync(this.#manifests);
    const config = {
      provider: { type: 'file', file: { directory: this.#manifests } },
      translate: { allowLoopbackEndpoints: true },
      xds: { port: xdsPort },
      admin: { port: adminPort },
      log: { level: 'warn', format: 'text' },
    };
    writeFileSync(this.#config, JSON.stringify(config));
  }

  /** Writes in one step; Sluice need not run. */
  write(name: string, manifests: readonly object[]): void {
    const next = join(this.#manifests, `.${name}`);
    writeFileSync(next, manifests.map((manifest) => `---\n${JSON.stringify(manifest)}\n`).join(''));
    renameSync(next, join(this.#manifests, `${name}.yaml`));
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, 'serve', '--config', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    process.once('exit', this.#kill);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lines.push(...text.trimEnd().split('\n'));
      this.#lines.splice(0, this.#lines.length - maxLines);
    });
    await converge(async () => {
      if (child.exitCode !== null) throw new Error(`Sluice ended: ${this.#lines.join('\n')}`);
      return (await send(this.#adminPort, { path: '/readyz' })).status === 200;
    }, startMs);
  }

  get log(): readonly string[] {
    return this.#lines;
  }

  /** Values by the only label; without labels, by the empty string. */
  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    const { body } = await send(this.#adminPort, { path: '/metrics' });
    const lines = body.matchAll(new RegExp(`^${name}(?:\\{\\w+="(.*)"\\})? (.*)$`, 'gm'));
    return new Map([...lines].map(([, label = '', value]) => [label, Number(value)]));
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off('exit', this.#kill);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };
}

const program = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const maxLines = 50;
/** About a second, or many on a busy machine. */
const startMs = 60_000;
