import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBootstrap } from '../../../src/local/bootstrap.ts';
import { findEnvoy } from '../../../src/local/envoy-binary.ts';
import { must } from '../../../src/lib/assert.ts';
import { converge } from './converge.ts';
import { send } from './http-client.ts';

export interface EnvoyOptions {
  /** `namespace/name`. */
  readonly gateway: string;
  readonly xdsPort: number;
  readonly concurrency: number;
  /** Default: for this machine, without TLS. Its admin port must be 0. */
  readonly bootstrap?: string | undefined;
}

export class EnvoyChild {
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-envoy-'));
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #adminPort = 0;

  async start(options: EnvoyOptions): Promise<void> {
    const found = await findEnvoy({ cacheDir, progress: () => {} });
    if (found.kind === 'missing') throw new Error(found.line);
    const config = join(this.#directory, 'bootstrap.json');
    const admin = join(this.#directory, 'admin');
    writeFileSync(
      config,
      options.bootstrap === undefined
        ? envoyBootstrap({ ...options, nodeId: 'test', xdsAddress: '127.0.0.1', adminPort: 0 })
        : withTestPaths(options.bootstrap),
    );
    const args = ['--config-path', config, '--admin-address-path', admin, '--disable-hot-restart'];
    if (options.bootstrap !== undefined && !hasNodeId(options.bootstrap)) args.push('--service-node', 'test');
    args.push('--log-level', 'warning', '--concurrency', String(options.concurrency));
    const child = spawn(found.path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    process.once('exit', this.#kill);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lines.push(...text.trimEnd().split('\n'));
      this.#lines.splice(0, this.#lines.length - maxLines);
    });
    this.#adminPort = await converge(() => {
      if (child.exitCode !== null) throw new Error(`Envoy ended: ${this.#lines.join('\n')}`);
      return existsSync(admin) && portOf(readFileSync(admin, 'utf8'));
    });
  }

  get pid(): number {
    return must(this.#child?.pid, 'process of Envoy');
  }

  get log(): readonly string[] {
    return this.#lines;
  }

  /** `filter`: an expression that matches anywhere in a name. */
  async stats(filter: string): Promise<ReadonlyMap<string, number>> {
    const path = `/stats?format=json&filter=${encodeURIComponent(filter)}`;
    const { body } = await send(this.#adminPort, { path });
    const { stats } = JSON.parse(body) as { stats: { name?: string; value?: number }[] };
    return new Map(stats.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value ?? 0]])));
  }

  async stat(name: string): Promise<number> {
    const stats = await this.stats(`^${name.replaceAll('.', '\\.')}$`);
    return stats.get(name) ?? 0;
  }

  /** Empty when the stat has none. */
  async text(name: string): Promise<string> {
    const path = `/stats?type=TextReadouts&filter=${encodeURIComponent(name)}`;
    const { body } = await send(this.#adminPort, { path });
    return /: "(.*)"$/m.exec(body)?.[1] ?? '';
  }

  async configDump(): Promise<string> {
    const { body } = await send(this.#adminPort, { path: '/config_dump?include_eds' });
    return body;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      this.#kill();
      await ended;
    }
    process.off('exit', this.#kill);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Kills at once, without a drain. */
  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };
}

const cacheDir = join(import.meta.dirname, '..', '..', '..', '.cache');
const maxLines = 200;

function withTestPaths(text: string): string {
  const bootstrap = JSON.parse(text) as { admin: { allow_paths?: object[] } };
  bootstrap.admin.allow_paths?.push({ prefix: '/stats?' }, { prefix: '/config_dump?include_eds' });
  return JSON.stringify(bootstrap);
}

/** A flag would replace it. */
function hasNodeId(text: string): boolean {
  const { node } = JSON.parse(text) as { readonly node?: { readonly id?: string } };
  return node?.id !== undefined;
}

function portOf(address: string): number | false {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return Number.isInteger(port) && port > 0 ? port : false;
}
