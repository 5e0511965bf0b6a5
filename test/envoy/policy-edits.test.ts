import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRow } from '../../src/kinds/decode.ts';
import { must } from '../../src/lib/assert.ts';
import { localLimits } from '../../src/translate/policies/traffic/local-limits.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';
import type { FieldEdit } from '../rig/objects/field-edits.ts';
import * as m from '../rig/objects/manifests.ts';
import { editedKinds, type EditedKind } from '../rig/objects/policy-fields.ts';
import { namedObjects } from '../rig/objects/policy-specs.ts';
import { rowOf } from '../rig/pipeline/pipeline.ts';

const edits = Number(process.env['POLICY_EDITS'] ?? 60);

let rig: EnvoyRig;
let backendPort = 0;

beforeAll(async () => {
  rig = await EnvoyRig.start({
    ports: 2,
    concurrency: 2,
    listeners: (ports) => ports.map((port, i) => m.httpListener({ name: `http-${i}`, port })),
  });
  backendPort = (await rig.server('app', 'both')).port;
  // The one address of the backend is that of its Service too, for each type of routing.
  const service = m.service('app', { port: { port: backendPort } }) as { readonly spec: object };
  rig.apply([
    { ...service, spec: { ...service.spec, clusterIP: '127.0.0.1' } },
    m.endpointSlice(['127.0.0.1'], { port: backendPort }),
    ...namedObjects,
    parent,
  ]);
});

afterAll(() => rig.close());

const parent = m.policy(
  'BackendTrafficPolicy',
  { targetRefs: [{ kind: 'Gateway', name: 'web' }], timeout: { http: { requestTimeout: '20s' } } },
  { name: 'parent' },
);

test.each(editedKinds)('every field of a $kind is edited', ({ missing }) => {
  expect(missing).toEqual([]);
});

test(
  'edits of every field fail no request, end no connection, change no listener and keep the counts of limits',
  { timeout: 60_000 + edits * 1000 },
  async () => {
    const subjects = editedKinds.flatMap((kind) => kind.specs.map((spec, i) => new Subject(kind, spec, i)));
    rig.apply([...subjects.flatMap((subject) => subject.objects), routeOf(limited, forward()), limit]);
    await rig.settled();
    const loads = rig.ports.map(
      (port) =>
        new OpenLoop({
          port,
          host: subjects.filter(({ isTunnel }) => !isTunnel).map(({ host }) => host),
          perSecond: 250,
          freshEvery: 1_000_000,
          maxRequests: 1_000_000,
        }),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const streams = await Promise.all(
      subjects.filter(({ isStreamed }) => isStreamed).map(({ host }) => Stream.open(host)),
    );
    await sleep(500);
    const before = await ended();
    const sent = await rig.sentByType();
    const answers: number[] = [];
    let made = 0;
    for (const change of inTurn(subjects)) {
      if (made++ === edits) break;
      change();
      await rig.settled();
      if (made % 2 === 0) answers.push((await rig.send(limited, { agent })).status);
      for (const stream of streams) await stream.echoes(`edit ${made}`);
    }
    while (answers.length < keptRequests + 5) answers.push((await rig.send(limited, { agent })).status);
    const after = await ended();
    const results = await Promise.all(loads.map((load) => load.stop()));
    const failed = results.map(({ counts }) => [...counts].filter(([answer]) => !answer.startsWith('2')));
    expect(failed).toEqual([[], []]);
    expect(answers.filter((status) => status === 200)).toHaveLength(keptRequests);
    expect(after).toEqual(before);
    const { Listener, VirtualHost = 0, Cluster = 0 } = await rig.sentByType();
    expect(Listener).toBe(sent['Listener']);
    // The edits are some.
    expect(VirtualHost + Cluster - (sent['VirtualHost'] ?? 0) - (sent['Cluster'] ?? 0)).toBeGreaterThan(
      edits / 2,
    );
    for (const stream of streams) stream.close();
    agent.destroy();
  },
);

const limited = 'limited';
const keptRequests = 25;
const keptRule = { limit: { requests: keptRequests, unit: 'Year' } };
const limit = m.policy(
  'BackendTrafficPolicy',
  {
    targetRefs: [{ kind: 'HTTPRoute', name: limited }],
    rateLimit: { type: 'Local', local: { rules: [keptRule] } },
  },
  { name: limited },
);

function routeOf(name: string, ...rules: readonly object[]): object {
  return m.httpRoute(rules, { name, hostnames: [hostOf(name)] });
}

function forward(): object {
  return { backendRefs: [m.backend('app', { port: backendPort })] };
}

/** Leaves out limits of the same slot, whose buckets Envoy fills again (docs/decisions/local-limits.md). */
function isOfOtherSlot(spec: object): boolean {
  return slotOf(m.policy('BackendTrafficPolicy', spec)) !== slotOf(limit);
}

function slotOf(policy: object): string | undefined {
  const { spec } = decodeRow('BackendTrafficPolicy', rowOf(policy).bytes);
  return localLimits(spec, { own: { namespace: 'default', name: 'policy' }, parent: undefined })?.filter
    ?.slot;
}

/** A route with a policy or a filter whose fields are edited. */
class Subject {
  readonly name: string;
  readonly edits: readonly FieldEdit[];
  /** A route for CONNECT serves no other requests. */
  readonly isTunnel: boolean;
  /** Connections of another protocol end with the request that brings them, as it is buffered first. */
  readonly isStreamed: boolean;
  readonly #kind: EditedKind['kind'];
  readonly #spec: object;
  #isAttached = true;

  constructor(of: EditedKind, spec: object, index: number) {
    this.name = `${of.kind.toLowerCase()}-${index}`;
    this.#kind = of.kind;
    this.#spec = spec;
    this.edits = of.edits(index, isOfOtherSlot);
    this.isTunnel = JSON.stringify(spec).includes('CONNECT');
    this.isStreamed = of.kind === 'BackendTrafficPolicy' && !('requestBuffer' in spec) && !this.isTunnel;
  }

  get host(): string {
    return hostOf(this.name);
  }

  get objects(): object[] {
    return [this.#route(), this.#object(this.#spec)];
  }

  /** Edits the field, or takes the policy away, which the next change brings back. */
  change(edit: FieldEdit, detaches: boolean): void {
    const isPolicy = this.#kind === 'BackendTrafficPolicy';
    if (detaches && isPolicy && this.#isAttached) {
      rig.apply([], [this.#object(this.#spec)]);
      this.#isAttached = false;
      return;
    }
    rig.apply([this.#object(edit.spec)]);
    this.#isAttached = true;
  }

  #object(spec: object): object {
    if (this.#kind === 'HTTPRouteFilter') return m.routeFilter(spec, { name: this.name });
    const targetRefs = [{ kind: 'HTTPRoute', name: this.name }];
    return m.policy(this.#kind, { targetRefs, ...spec }, { name: this.name });
  }

  #route(): object {
    if (this.#kind !== 'HTTPRouteFilter') return routeOf(this.name, forward());
    const answersItself = 'directResponse' in this.#spec;
    const filtered = { ...(answersItself ? {} : forward()), filters: [m.toFilter(this.name)] };
    return routeOf(this.name, filtered, forward());
  }
}

/** Goes through all edits, of each subject in turn, without end; every fifth takes a policy away. */
function* inTurn(subjects: readonly Subject[]): Generator<() => void> {
  for (let i = 0; ; i++) {
    const subject = must(subjects[i % subjects.length], 'a subject');
    const edit = must(subject.edits[Math.floor(i / subjects.length) % subject.edits.length], subject.name);
    yield () => subject.change(edit, i % 5 === 4);
  }
}

/** Returns the connections of clients that Envoy has ended, by its statistic. */
async function ended(): Promise<Record<string, number>> {
  const stats = await rig.envoy.stats('downstream_cx_(destroy_local|drain_close)$');
  return Object.fromEntries([...stats].filter(([name]) => !name.includes('admin')));
}

/** A connection with another protocol behind HTTP, which the backend echoes. */
class Stream {
  readonly #host: string;
  readonly #socket: Socket;
  #received = '';

  private constructor(host: string, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    socket.on('data', (data) => (this.#received += data.toString()));
  }

  static async open(host: string): Promise<Stream> {
    const socket = connect(rig.port, '127.0.0.1');
    const stream = new Stream(host, socket);
    await once(socket, 'connect');
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    await stream.#receives('101 Switching');
    return stream;
  }

  async echoes(text: string): Promise<void> {
    this.#received = '';
    this.#socket.write(`${text}\n`);
    await this.#receives(`${text}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #receives(text: string): Promise<void> {
    await converge(() => {
      if (this.#received.includes(text)) return true;
      throw new Error(`${this.#host}: no ${text} in ${this.#received.slice(0, 200)}`);
    });
  }
}
