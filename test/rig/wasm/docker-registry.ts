import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'undici';
import { must } from '../../../src/lib/assert.ts';
import { converge } from '../envoy/converge.ts';
import { freePorts } from '../envoy/free-ports.ts';
import { selfSigned } from '../objects/certificate.ts';
import { sha256, type WasmImage } from './wasm-image.ts';

/** Hashes of passwords with the same name. */
const passwords = {
  right: '$2b$04$zYM35yJioFVwiroszv/ntOIJ8Ys9UM2FBjCv2PXJX2Hpn8DkFv2Da',
  rotated: '$2b$04$oEVcBGfZr9uk96v7pTFNbe.bJZfkmqotMRcVhXubjomKjBgVKF9ta',
} as const;

export type Password = keyof typeof passwords;

export const registryUser = 'puller';

/** Debian's registry on a loopback port, with TLS and a password that bcrypt keeps. */
export class DockerRegistry {
  readonly name: string;
  readonly #pair: ReturnType<typeof selfSigned>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'docker-registry-'));
  #child: ChildProcess | undefined;
  #log = '';
  port = 0;

  constructor(name = 'registry.test') {
    this.name = name;
    this.#pair = selfSigned([name]);
  }

  /** PEM of the certificate's issuer. */
  get ca(): string {
    return this.#pair.certificate;
  }

  async start(): Promise<this> {
    if (spawnSync('docker-registry', ['--version']).status !== 0)
      throw new Error('there is no docker-registry on PATH: apt-get install docker-registry');
    if (this.port === 0) [this.port = 0] = await freePorts(1);
    const path = (name: string) => join(this.#directory, name);
    writeFileSync(path('cert.pem'), this.#pair.certificate);
    writeFileSync(path('key.pem'), this.#pair.privateKey);
    const config = {
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: path('data') } },
      http: {
        addr: `127.0.0.1:${this.port}`,
        tls: { certificate: path('cert.pem'), key: path('key.pem') },
      },
      auth: { htpasswd: { realm: 'test', path: path('htpasswd') } },
    };
    writeFileSync(path('config.yml'), JSON.stringify(config));
    if (this.#log === '') this.letIn('right');
    const child = spawn('docker-registry', ['serve', path('config.yml')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    process.once('exit', this.#kill);
    for (const stream of [child.stdout, child.stderr])
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => (this.#log = (this.#log + text).slice(-10_000)));
    await converge(async () => {
      if (child.exitCode !== null) throw new Error(`the registry ended: ${this.#log}`);
      const { status } = await this.#send('GET', '/v2/', 'right');
      return status === 200 || status === 401;
    });
    return this;
  }

  letIn(password: Password): void {
    writeFileSync(join(this.#directory, 'htpasswd'), `${registryUser}:${passwords[password]}\n`);
  }

  /** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push */
  async push(repository: string, tag: string, image: WasmImage): Promise<void> {
    for (const inner of image.images) await this.push(repository, `sha256:${sha256(inner.manifest)}`, inner);
    for (const [digest, bytes] of image.blobs) {
      const upload = await this.#send('POST', `/v2/${repository}/blobs/uploads/`, 'right');
      const { pathname, search } = new URL(must(upload.location, 'place of the upload'), 'https://x');
      const place = `${pathname}${search}${search === '' ? '?' : '&'}digest=sha256:${digest}`;
      await this.#put(place, 'application/octet-stream', bytes);
    }
    await this.#put(`/v2/${repository}/manifests/${tag}`, image.mediaType, image.manifest);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    process.off('exit', this.#kill);
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #put(path: string, contentType: string, body: Buffer): Promise<void> {
    const { status, text } = await this.#send('PUT', path, 'right', contentType, body);
    if (status !== 201) throw new Error(`PUT ${path}: ${status} ${text}`);
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    password: Password,
    contentType = '',
    body?: Buffer,
  ) {
    const client = new Client(`https://127.0.0.1:${this.port}`, {
      connect: { ca: this.ca, servername: this.name },
    });
    const authorization = `Basic ${Buffer.from(`${registryUser}:${password}`).toString('base64')}`;
    const headers = { authorization, ...(contentType !== '' && { 'content-type': contentType }) };
    try {
      const response = await client.request({ method, path, headers, body: body ?? null });
      const { location } = response.headers;
      const text = await response.body.text();
      return {
        status: response.statusCode,
        text,
        location: typeof location === 'string' ? location : undefined,
      };
    } finally {
      await client.destroy();
    }
  }

  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };
}
