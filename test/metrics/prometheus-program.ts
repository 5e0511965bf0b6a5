import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { converge } from '../rig/envoy/converge.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';

/** Reason why tests of Prometheus itself do not run here; undefined: they run. */
export const missing =
  spawnSync('promtool', ['--version']).status === 0 && spawnSync('prometheus', ['--version']).status === 0
    ? undefined
    : "Debian's package prometheus is not installed";

/** Says in the title of a test why it is left out. */
export const why = missing === undefined ? '' : ` (left out: ${missing})`;

/** Runs `promtool` on files of these contents in a folder of their own. Returns what it prints, and its exit code. */
export function promtool(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): { readonly code: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    return { code: status, text: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A Prometheus on loopback that scrapes one target each second. */
export class PrometheusProgram {
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.#url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(target: string, rules: string): Promise<PrometheusProgram> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-prometheus-'));
    writeFileSync(join(folder, 'rules.yaml'), rules);
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yaml'],
      scrape_configs: [{ job_name: 'sluice', static_configs: [{ targets: [target] }] }],
    };
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
    const [port = 0] = await freePorts(1);
    const child = spawn(
      'prometheus',
      [
        '--config.file=prometheus.yaml',
        '--storage.tsdb.path=data',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { cwd: folder, stdio: 'ignore' },
    );
    const program = new PrometheusProgram(`http://127.0.0.1:${port}`, child, folder);
    await converge(async () => (await fetch(`${program.#url}/-/ready`).catch(() => undefined))?.ok === true);
    return program;
  }

  /** Returns the JSON of a page of the API. */
  async get(path: string): Promise<unknown> {
    return (await fetch(`${this.#url}${path}`)).json();
  }

  /** Returns the number of series of a query, or its error. */
  async query(expr: string): Promise<number | string> {
    const answer = (await this.get(`/api/v1/query?query=${encodeURIComponent(expr)}`)) as {
      readonly data?: { readonly result: readonly unknown[] };
      readonly error?: string;
    };
    return answer.data?.result.length ?? answer.error ?? 'no answer';
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await exited;
    rmSync(this.#folder, { recursive: true });
  }
}
