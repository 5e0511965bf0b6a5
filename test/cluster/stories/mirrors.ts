import { Agent } from 'node:http';
import { quantiles } from '../../rig/load/quantiles.ts';
import { send } from '../../rig/envoy/http-client.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';
import { endpointSlice, gateway, httpRoute, referenceGrant, service } from '../manifests.ts';
import { TestNamespace } from '../test-namespace.ts';
import { Arrivals, type Arrival } from './arrivals.ts';
import type { Story } from './story.ts';

/**
 * Story 2: the endpoints of a mirror's backend were not followed, and mirrored traffic went to dead pods.
 * Mirror and main backend move in turns, under one request after another.
 */
export const mirrors: Story = {
  name: 'mirrors',
  title: 'a backend that is only mirrored to moves, and mirrored requests move with it like all others',
  options: [
    {
      name: 'kind',
      default: 'all',
      values: ['rule', 'backend', 'weighted', 'percent', 'cross-namespace', 'all'],
      meaning: 'how the mirror is written',
    },
    { name: 'moves', default: '20', meaning: 'how often each backend moves' },
  ],
  async run({ report, progress }, options) {
    const moves = options.number('moves');
    const chosen = kinds.filter(({ name }) => ['all', name].includes(options.text('kind')));
    const ns = await TestNamespace.open('story-mirrors');
    await ns.kube.apply(other);
    const arrivals = await Arrivals.listen(Object.values(addresses).flat());
    try {
      const here = { kind: 'HTTPRoute', namespace: ns.namespace };
      await ns.apply(gateway(), within(referenceGrant('mirrors', here, 'Service'), otherName));
      const load = new Load(await ns.address());
      for (const kind of chosen) {
        const found = await play(ns, arrivals, load, kind, moves, progress);
        for (const role of roles) {
          const { lagsMs, missed, late } = found[role];
          const { p50, max } = quantiles(lagsMs);
          report(`${kind.name}: ${role} p50 ms from the write to the first request`, p50);
          report(`${kind.name}: ${role} slowest ms`, max);
          report(`${kind.name}: ${role} moves that no request followed`, missed, 0);
          report(`${kind.name}: ${role} requests at the old address after one at the new`, late, 0);
        }
        const [mirror, main] = roles.map((role) => quantiles(found[role].lagsMs).p50);
        report(`${kind.name}: p50 of the mirror / p50 of the main backend`, (mirror ?? NaN) / (main ?? NaN));
      }
      load.close();
    } finally {
      await arrivals.close();
      await ns.kube.delete(other);
      await ns.close();
    }
  },
};

interface Kind {
  readonly name: string;
  /** Namespace of the mirror's backend, when it is not the route's. */
  readonly namespace?: string;
  readonly rule: (main: object, mirror: object) => object;
  readonly fields?: object;
}

const otherName = 'story-mirrors-other';
const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: otherName } };
const onRule: Kind['rule'] = (main, mirror) => ({ backendRefs: [main], filters: [mirror] });
const onBackend = (main: object, mirror: object): object => ({ ...main, filters: [mirror] });

/** `weighted` and `percent` mirror every other request, so that the lag of their mirrors is a request longer. */
const kinds: readonly Kind[] = [
  { name: 'rule', rule: onRule },
  { name: 'backend', rule: (main, mirror) => ({ backendRefs: [onBackend(main, mirror)] }) },
  { name: 'weighted', rule: (main, mirror) => ({ backendRefs: [main, onBackend(main, mirror)] }) },
  { name: 'percent', rule: onRule, fields: { percent: 50 } },
  { name: 'cross-namespace', rule: onRule, namespace: otherName },
];

const roles = ['mirror', 'main'] as const;
type Role = (typeof roles)[number];

const addresses = {
  mirror: ['172.30.255.20', '172.30.255.21'],
  main: ['172.30.255.22', '172.30.255.23'],
} as const;

interface Moved {
  readonly lagsMs: number[];
  missed: number;
  late: number;
}

/** Requests after the first one at a new address, all of which must go there. */
const requestsAfter = 10;

async function play(
  ns: TestNamespace,
  arrivals: Arrivals,
  load: Load,
  kind: Kind,
  moves: number,
  progress: (line: string) => void,
): Promise<Readonly<Record<Role, Moved>>> {
  const { name } = kind;
  const host = `${name}.test`;
  const homes = { main: ns.namespace, mirror: kind.namespace ?? ns.namespace };
  const place = async (role: Role, address: string): Promise<void> => {
    await ns.apply(within(endpointSlice(`${role}-${name}`, [address]), homes[role]));
  };
  const arrival = async (address: string): Promise<Arrival | undefined> => {
    const { last } = load;
    return await load.until(host, () => arrivals.first(address, last));
  };
  for (const role of roles) {
    await ns.apply(within(service(`${role}-${name}`, { selector: null }), homes[role]));
    await place(role, addresses[role][0]);
  }
  const backendRef = { name: `mirror-${name}`, namespace: homes.mirror, port: 80 };
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef, ...kind.fields } };
  await ns.apply(httpRoute(name, host, [kind.rule({ name: `main-${name}`, port: 80 }, mirror)]));
  await ns.answers(host, 200, { path: '/0' });
  for (const role of roles) await arrival(addresses[role][0]);

  const found = { mirror: emptyMoved(), main: emptyMoved() };
  const settled: { role: Role; old: string; first: number; last: number }[] = [];
  for (let i = 1; i <= moves; i++) {
    for (const role of i % 2 === 0 ? roles : roles.toReversed()) {
      const [old, next] = i % 2 === 0 ? ([1, 0] as const) : ([0, 1] as const);
      const startedAt = performance.now();
      const [came] = await Promise.all([arrival(addresses[role][next]), place(role, addresses[role][next])]);
      if (came === undefined) {
        found[role].missed++;
        continue;
      }
      found[role].lagsMs.push(came.atMs - startedAt);
      await load.until(host, () => load.last >= came.number + requestsAfter || undefined);
      settled.push({ role, old: addresses[role][old], first: came.number, last: load.last });
    }
    progress(`${name}: ${i} of ${moves} moves of each backend, ${load.last} requests`);
  }
  for (const { role, old, first, last } of settled) found[role].late += arrivals.count(old, first, last);
  return found;
}

/** Numbered requests on one connection: one thread of the proxy, which keeps their order. */
class Load {
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #last = 0;

  constructor(address: string) {
    this.#address = address;
  }

  get last(): number {
    return this.#last;
  }

  /** Sends requests until `check` returns a value; undefined at the deadline. */
  async until<T>(host: string, check: () => T | undefined): Promise<T | undefined> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const found = check();
      if (found !== undefined || performance.now() > end) return found;
      const path = `/${++this.#last}`;
      await send(80, { address: this.#address, host, path, agent: this.#agent });
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

const patienceMs = 20_000;

function emptyMoved(): Moved {
  return { lagsMs: [], missed: 0, late: 0 };
}

function within(manifest: Manifest, namespace: string): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}
