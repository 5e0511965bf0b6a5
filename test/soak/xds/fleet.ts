import { quantiles } from '../../rig/load/quantiles.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { Child } from './child.ts';
import type { ClientsAnswer, ClientsCommand } from './fleet-clients.ts';
import type { ServerAnswer, ServerCommand } from './fleet-server.ts';

type Report = SoakPorts['report'];

export interface FleetOptions {
  readonly clients: number;
  readonly clusters: number;
  readonly changes: number;
  /** False: plaintext. Every client has the same certificate. */
  readonly tls: boolean;
}

/** A thousand delta clients with a thousand clusters: time of an endpoint change, and cost of a stalled client. */
export async function fleetScale({ report, progress }: SoakPorts, options: FleetOptions): Promise<void> {
  const { clients, clusters } = options;
  const server = new Child<ServerCommand, ServerAnswer>('fleet-server.ts', ['--expose-gc'], asInImage);
  const fleet = new Child<ClientsCommand, ClientsAnswer>('fleet-clients.ts', []);
  try {
    const { port, client } = await server.ask({ kind: 'begin', clusters, tls: options.tls }, 'ready');
    fleet.tell({ kind: 'begin', port, clusters, tls: client });
    progress(`${few} of ${clients} clients`);
    await fleet.ask({ kind: 'open', clients: few }, 'ready');
    for (let i = 0; i < 20; i++) await change(server, fleet, 0);
    const small = await server.ask({ kind: 'memory' }, 'memory');
    await server.ask({ kind: 'loop' }, 'loop');
    progress(`${clients} clients`);
    const openedAt = performance.now();
    await fleet.ask({ kind: 'open', clients: clients - few }, 'ready');
    report('first push to all, ms', performance.now() - openedAt);
    report('main thread blocked meanwhile, ms', (await server.ask({ kind: 'loop' }, 'loop')).blockedMs);
    for (let i = 0; i < 20; i++) await change(server, fleet, 0);
    const large = await server.ask({ kind: 'memory' }, 'memory');
    const perClient = (before: number, after: number): number => (after - before) / (clients - few) / 1024;
    // OpenSSL's memory for a connection is not Sluice's.
    report('RSS per client, KiB', perClient(small.rssBytes, large.rssBytes), options.tls ? undefined : 100);
    report('heap and external per client, KiB', perClient(small.heapBytes, large.heapBytes), 100);
    report('peak of RSS while they came, KiB per client', perClient(small.rssBytes, large.peakRssBytes));
    await server.ask({ kind: 'loop' }, 'loop');
    progress(`${options.changes} changes`);
    await changesReachAll(server, fleet, options.changes, report);
    progress('with clients that do not read, and without');
    await stalledClients(server, fleet, Math.ceil(options.changes / rounds), report);
  } finally {
    server.end();
    fleet.end();
  }
}

/** Settings of the Dockerfile. */
const asInImage = { MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '131072' };

type Server = Child<ServerCommand, ServerAnswer>;
type Clients = Child<ClientsCommand, ClientsAnswer>;

/** Few, so that the rest of the memory is of the server alone; as many stop reading. */
const few = 10;

async function changesReachAll(
  server: Server,
  clients: Clients,
  changes: number,
  report: Report,
): Promise<void> {
  const each: number[] = [];
  const all: number[] = [];
  for (let i = 0; i < changes; i++) {
    const latencies = await change(server, clients, 0);
    for (const latency of latencies) each.push(latency);
    all.push(Math.max(...latencies));
  }
  const { blockedMs, cpuMs } = await server.ask({ kind: 'loop' }, 'loop');
  const one = quantiles(each);
  report('a change at one client, p50 ms', one.p50);
  report('a change at one client, p99 ms', one.p99);
  report('a change at all clients, p50 ms', quantiles(all).p50);
  report('a change at all clients, p99 ms', quantiles(all).p99, 500, 'ms');
  report('a change at all clients, max ms', quantiles(all).max);
  report('CPU of the server per change, ms', cpuMs / changes);
  report('main thread blocked by a change, ms', blockedMs);
}

/** Rounds alternate, as a machine may get slower; medians, as one pause must not decide. */
async function stalledClients(
  server: Server,
  clients: Clients,
  changes: number,
  report: Report,
): Promise<void> {
  const without: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const isStalled = round % 2 === 1;
    if (isStalled) clients.tell({ kind: 'stall', clients: few });
    // Not counted: memory that comes and goes with clients.
    for (let i = 0; i < 5; i++) await change(server, clients, few);
    const latencies: number[] = [];
    for (let i = 0; i < changes; i++) latencies.push(...(await change(server, clients, few)));
    (isStalled ? beside : without).push(quantiles(latencies).p99);
    if (isStalled) await clients.ask({ kind: 'resume' }, 'ready');
  }
  const [before, after] = [quantiles(without).p50, quantiles(beside).p50];
  report('p99 ms, every client reads', before);
  report(`p99 ms, ${few} clients do not read and ${few} more never did`, after);
  report('change of p99, percent', (after / before - 1) * 100, 20);
}

const rounds = 10;

/** Milliseconds until each client had the change. */
async function change(server: Server, clients: Clients, from: number): Promise<number[]> {
  await clients.ask({ kind: 'expect', from }, 'expecting');
  const arrived = clients.next('arrived');
  const { at } = await server.ask({ kind: 'change' }, 'changed');
  return (await arrived).at.map((arrival) => arrival - at);
}
