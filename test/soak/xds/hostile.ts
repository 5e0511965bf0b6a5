import { setTimeout as pause } from 'node:timers/promises';
import { quantiles } from '../../rig/load/quantiles.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';
import { must } from '../../../src/lib/assert.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import { RawProxy } from '../../rig/xds/raw-proxy.ts';
import type { SoakPorts } from '../../rig/load/scenario.ts';
import { Child } from './child.ts';
import type { ServerAnswer, ServerCommand } from './fleet-server.ts';

export interface HostileOptions {
  readonly silent: readonly number[];
  readonly streams: number;
  readonly names: readonly number[];
  readonly proxies: number;
}

type Server = Child<ServerCommand, ServerAnswer>;

/** Silent and greedy streams with a valid certificate, against other proxies. Sluice has the chart's memory. */
export async function hostile({ report, progress }: SoakPorts, options: HostileOptions): Promise<void> {
  const server: Server = new Child('fleet-server.ts', ['--expose-gc', ...asInChart]);
  try {
    const ready = await server.ask({ kind: 'begin', clusters: 1000, tls: true }, 'ready');
    const { port } = ready;
    const [good, bad] = [
      must(ready.client, 'certificate'),
      must(ready.other, 'certificate of another Gateway'),
    ];
    const newProxy = (id: string): Promise<number> => firstResponse(port, good, id);
    for (let i = 0; i < 5; i++) await newProxy(`warm-${i}`);
    report('first response of a new proxy, p50 ms', await p50(options.proxies, newProxy));
    for (const count of options.silent) {
      progress(`${count} silent streams`);
      const clients: RawProxy[] = [];
      for (let i = 0; i < count; i++) {
        clients.push(new RawProxy(port, bad));
        if (i % 20 === 19) await Promise.all(clients.map(({ connected }) => connected));
      }
      await Promise.all(clients.map(({ connected }) => connected));
      report(`the same beside ${count} silent streams, p50 ms`, await p50(options.proxies, newProxy));
      for (const client of clients) client.close();
      await pause(2000);
    }
    const calm = await server.ask({ kind: 'memory' }, 'memory');
    report('heap and external before, MiB', MiB(calm.heapBytes));
    for (const names of options.names) {
      progress(`${options.streams} streams with ${names} names each`);
      const clients: RawProxy[] = [];
      for (let s = 0; s < options.streams; s++) clients.push(await greedy(port, bad, `${names}-${s}`, names));
      const beside = `${options.streams} streams with ${names} unknown names each`;
      report(`${beside}: of these live`, clients.filter(({ ended }) => !ended).length);
      report(`${beside}: first response of a new proxy, p50 ms`, await p50(options.proxies, newProxy));
      const { heapBytes, rssBytes } = await server.ask({ kind: 'memory' }, 'memory');
      report(`${beside}: heap and external, MiB`, MiB(heapBytes), 200);
      report(`${beside}: RSS, MiB`, MiB(rssBytes));
      for (const client of clients) client.close();
    }
    const after = await server.ask({ kind: 'memory' }, 'memory');
    report('peak of RSS, MiB', MiB(after.peakRssBytes), 512);
  } finally {
    server.end();
  }
}

/** The attacker has the certificate of this Gateway. */
const attacker = 'bench/other';

const asInChart = ['--max-semi-space-size=1', '--max-old-space-size=256'];

/** Asks for names that do not exist. */
async function greedy(port: number, tls: TlsMaterial, id: string, names: number): Promise<RawProxy> {
  const client = new RawProxy(port, tls);
  await client.connected;
  const resourceNamesSubscribe = Array.from({ length: names }, (_, i) => `a-namespace/a-gateway-${id}/${i}`);
  await client.send({ node: { id, cluster: attacker }, typeUrl: typeUrl.route, resourceNamesSubscribe });
  await pause(2000);
  return client;
}

/** Milliseconds from the first packet. */
async function firstResponse(port: number, tls: TlsMaterial, id: string): Promise<number> {
  const at = performance.now();
  const client = new RawProxy(port, tls);
  await client.send({ node: { id, cluster: 'bench/gateway' }, typeUrl: typeUrl.cluster });
  const answered = await client.answered;
  const ms = performance.now() - at;
  client.close();
  if (answered === 'end') throw new Error('a good proxy was refused');
  return ms;
}

async function p50(count: number, measure: (id: string) => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await measure(`proxy-${i}`));
  return quantiles(all).p50;
}

function MiB(bytes: number): number {
  return bytes / 1024 / 1024;
}
