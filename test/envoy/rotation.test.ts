import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { must } from '../../src/lib/assert.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, toService } from '../rig/envoy/envoy-rig.ts';
import { send, sendTls, type Request } from '../rig/envoy/http-client.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { clientPolicy } from '../rig/pipeline/client-policy.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

/** Rotations of each credential. */
const rotations = Number(process.env['ROTATIONS'] ?? 2);

let rig: EnvoyRig;
let authorities: readonly KeyPair[];
let clients: readonly KeyPair[];
let keyServer: Server;
const local = new TokenIssuer('https://local.test');
const remote = new TokenIssuer('https://remote.test');
const stranger = new TokenIssuer('https://local.test');
const day = 86_400_000;

beforeAll(async () => {
  const now = Date.now();
  authorities = await Promise.all([0, 1].map(() => issueAuthority(now - day, 365 * day)));
  clients = await Promise.all(
    authorities.map((authority) => issueLeaf(authority, { kind: 'client', uri: 'spiffe://a' }, now, day)),
  );
  keyServer = createServer((_, response) => response.end(remote.keySet));
  keyServer.listen(0, '127.0.0.1');
  await once(keyServer, 'listening');
  rig = await EnvoyRig.start({
    ports: 3,
    listeners: ([plain, tls, other]) => [
      m.httpListener({ name: 'plain', port: plain }),
      m.httpListener({ name: 'other', port: other }),
      {
        name: 'tls',
        port: tls,
        protocol: 'HTTPS',
        hostname: 'tls.test',
        tls: { certificateRefs: [{ name: 'cert' }] },
      },
    ],
  });
  await rig.backend('app');
  const { port } = keyServer.address() as AddressInfo;
  const caCertificateRefs = [{ kind: 'ConfigMap', name: 'clients' }];
  const tls = { clientValidation: { caCertificateRefs } };
  rig.apply([
    m.service('keys'),
    m.endpointSlice(['127.0.0.1'], { name: 'keys-0', service: 'keys', port }),
    tlsSecret('cert', selfSigned(['tls.test'])),
    trusted(0),
    clientPolicy({ targetRefs: [{ kind: 'Gateway', name: 'web', sectionName: 'tls' }], tls }),
    ...users(0),
    ...keys(0),
    keySet(),
    ...Object.entries(parts).map(([name, part]) =>
      m.policy('SecurityPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...part }, { name }),
    ),
  ]);
  for (const name of [...Object.keys(parts), 'tls', 'free']) await rig.serve(name, [toService('app')]);
});

afterAll(async () => {
  await rig.close();
  keyServer.close();
});

const localJWKS = { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'key-set' } };
const remoteJWKS = {
  uri: 'http://remote.test/keys',
  backendRefs: [m.backend('keys')],
  cacheDuration: '1s',
};
const parts = {
  password: { basicAuth: { users: { name: 'users' } } },
  key: { apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] } },
  local: { jwt: { providers: [{ name: 'local', issuer: local.issuer, localJWKS }] } },
  remote: { jwt: { providers: [{ name: 'remote', issuer: remote.issuer, remoteJWKS }] } },
};

function users(turn: number): object[] {
  const hash = createHash('sha1').update(`password-${turn}`).digest('base64');
  return [secret('users', { '.htpasswd': `ann:{SHA}${hash}` })];
}

function keys(turn: number): object[] {
  return [secret('keys', { ann: `key-${turn}` })];
}

function keySet(): object {
  return m.configMap({ jwks: local.keySet }, { name: 'key-set' });
}

function trusted(turn: number): object {
  const { certificate } = must(authorities[turn % 2], 'an authority');
  return m.configMap({ 'ca.crt': certificate }, { name: 'clients' });
}

interface Credential {
  readonly title: string;
  readonly name: keyof typeof parts | 'tls';
  /** Makes the next credential the only valid one. */
  rotate(turn: number): void;
  /** Sends a request with the credential of a turn; `stolen`: with one that was never valid. Returns the status; 0: none. */
  ask(turn: number | 'stolen'): Promise<number>;
}

function passing(name: keyof typeof parts, request: Request): Promise<number> {
  return rig.send(name, request).then(({ status }) => status);
}

/** Tokens of each turn, made before its key is gone. */
const tokens = { local: new Map<number, string>(), remote: new Map<number, string>() };

function issued(name: 'local' | 'remote', issuer: TokenIssuer, title: string): Credential {
  tokens[name].set(0, issuer.token());
  return {
    title,
    name,
    rotate: (turn) => {
      issuer.rotate();
      tokens[name].set(turn, issuer.token());
      if (name === 'local') rig.apply([keySet()]);
    },
    ask: (turn) => {
      const token = turn === 'stolen' ? stranger.token() : tokens[name].get(turn);
      return passing(name, { headers: { authorization: `Bearer ${token}` } });
    },
  };
}

const credentials: readonly Credential[] = [
  {
    title: 'password',
    name: 'password',
    rotate: (turn) => rig.apply(users(turn)),
    ask: (turn) => {
      const text = Buffer.from(`ann:password-${turn}`).toString('base64');
      return passing('password', { headers: { authorization: `Basic ${text}` } });
    },
  },
  {
    title: 'key of a client',
    name: 'key',
    rotate: (turn) => rig.apply(keys(turn)),
    ask: (turn) => passing('key', { headers: { 'x-key': `key-${turn}` } }),
  },
  issued('local', local, 'key set in a ConfigMap'),
  issued('remote', remote, 'key set of a server'),
  {
    title: 'CA of clients',
    name: 'tls',
    rotate: (turn) => rig.apply([trusted(turn)]),
    ask: async (turn) => {
      const client = turn === 'stolen' ? undefined : clients[turn % 2];
      try {
        return (await sendTls(rig.ports[1] ?? 0, { serverName: 'tls.test', client })).status;
      } catch {
        return 0;
      }
    },
  },
];

/** Asks without end, as a client that has the present credential and one that has none. */
class Client {
  turn = 0;
  isRotating = false;
  asked = 0;
  readonly wrong: string[] = [];
  readonly #credential: Credential;
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer = setInterval(() => this.#ask(), 20);

  constructor(credential: Credential) {
    this.#credential = credential;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  #ask(): void {
    if (this.#underWay.size > 20) return;
    const { turn } = this;
    for (const shown of [turn, 'stolen'] as const) {
      const request = this.#check(turn, shown);
      this.#underWay.add(request);
      void request.then(() => this.#underWay.delete(request));
    }
  }

  async #check(turn: number, shown: number | 'stolen'): Promise<void> {
    const status = await this.#credential.ask(shown);
    this.asked++;
    const isDue = !this.isRotating && this.turn === turn;
    const isWrong = shown === 'stolen' ? status === 200 : isDue && status !== 200;
    if (isWrong) this.wrong.push(`${shown}: ${status}`);
  }
}

test.each(credentials)(
  'a new $title counts when the proxy has it and the old one does not, and no other request or connection fails',
  { timeout: 60_000 + rotations * 20_000 },
  async (credential) => {
    const free = new OpenLoop({ port: rig.port, host: hostOf('free'), perSecond: 200 });
    const [plain, other] = [rig.ports[0] ?? 0, rig.ports[2] ?? 0].map((port) => kept(port));
    await Promise.all([plain?.ask(), other?.ask()]);
    const client = new Client(credential);
    const took: number[] = [];
    for (let turn = 1; turn <= rotations; turn++) {
      client.isRotating = true;
      const startedAt = performance.now();
      credential.rotate(turn);
      await rig.settled();
      // Envoy fetches remote keys when it is time to, and its workers take CAs soon after the ACK.
      await converge(async () => (await credential.ask(turn)) === 200);
      await converge(async () => (await credential.ask(turn - 1)) !== 200);
      took.push(performance.now() - startedAt);
      client.turn = turn;
      client.isRotating = false;
      const before = client.asked;
      await converge(() => client.asked > before + 10);
      expect(await credential.ask(turn - 1)).not.toBe(200);
    }
    await Promise.all([plain?.ask(), other?.ask()]);
    await client.stop();
    const { counts } = await free.stop();
    process.stdout.write(
      `${credential.title}: ${rotations} rotations, ${client.asked} requests, at most ${Math.ceil(Math.max(...took))} ms\n`,
    );
    expect(client.wrong).toEqual([]);
    expect([...counts.keys()]).toEqual(['200']);
    expect([plain?.opened, other?.opened]).toEqual([1, 1]);
    plain?.close();
    other?.close();
  },
);

/** One connection, for as long as the proxy keeps it. */
function kept(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  agent.on('free', (socket) => sockets.add(socket));
  return {
    get opened() {
      return sockets.size;
    },
    ask: () => send(port, { host: hostOf('free'), agent }),
    close: () => agent.destroy(),
  };
}
