import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

/** Undefined when the tests can run here. */
export function bedIsMissing(): string | undefined {
  const { bin } = places();
  if (!existsSync(join(bin, 'kubeplane')))
    return 'the cluster bed is not built: npm run test:cluster does that';
  return process.getuid?.() === 0 ? undefined : 'the bed needs root';
}

/** A real control plane without pods on a network of its own, with a relay to it that a test can cut. */
export class Bed {
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #relay: ChildProcess;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #agent: Agent;
  readonly #token: string;
  private constructor(folder: string, relay: ChildProcess, server: Server, port: number) {
    this.#folder = folder;
    this.#relay = relay;
    this.#server = server;
    this.kubeconfig = join(folder, 'relayed');
    const config = parse(readFileSync(join(folder, 'kubeconfig'), 'utf8')) as BedKubeconfig;
    const [{ cluster }] = config.clusters;
    const ca = Buffer.from(cluster['certificate-authority-data'], 'base64');
    cluster.server = `https://127.0.0.1:${port}`;
    writeFileSync(this.kubeconfig, JSON.stringify(config));
    this.#token = config.users[0].user.token;
    const socketPath = join(folder, 'relay');
    this.#agent = new Agent({ allowH2: false, connect: { ca, socketPath, servername: 'localhost' } });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      const other = connect(socketPath);
      for (const [from, to] of [
        [socket, other],
        [other, socket],
      ] as const) {
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async up(): Promise<Bed> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bed-'));
    await bed('up', folder, '--no-pods');
    const socket = join(folder, 'relay');
    const program = `const net = require('node:net');
      net.createServer((one) => {
        const other = net.connect(6443, '172.30.0.1');
        for (const [from, to] of [[one, other], [other, one]]) {
          from.on('error', () => to.destroy()).on('close', () => to.destroy()).pipe(to);
        }
      }).listen(process.argv[1]);`;
    const { program: bedProgram, env } = places();
    const relay = spawn(bedProgram, ['exec', folder, process.execPath, '-e', program, socket], {
      env,
      stdio: 'inherit',
    });
    while (!existsSync(socket)) await setTimeout(20);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new Bed(folder, relay, server, typeof address === 'object' && address !== null ? address.port : 0);
  }

  as(user: string): string {
    const config = JSON.parse(readFileSync(this.kubeconfig, 'utf8')) as BedKubeconfig;
    config.users[0].user.as = user;
    const file = join(this.#folder, `as-${user}`);
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Uses a connection that `cut` leaves alone. Throws unless the answer is 2xx. */
  async request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const answer = await request(`https://localhost${path}`, {
      dispatcher: this.#agent,
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async down(): Promise<void> {
    await this.#agent.destroy();
    this.#server.close();
    this.cut();
    this.#relay.kill();
    await bed('down', this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface BedKubeconfig {
  readonly clusters: [
    { readonly cluster: { server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: [{ readonly user: { readonly token: string; as?: string } }];
}

function places(): { bin: string; program: string; env: NodeJS.ProcessEnv } {
  const root = join(import.meta.dirname, '..', '..');
  const bin = process.env['BED_BIN'] ?? join(root, '.cache', 'bed', 'bin');
  const program = join(root, 'test', 'cluster', 'bed', 'bed');
  return { bin, program, env: { ...process.env, BED_BIN: bin } };
}

async function bed(...args: string[]): Promise<void> {
  const { program, env } = places();
  await promisify(execFile)(program, args, { env });
}
