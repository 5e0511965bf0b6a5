import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { configSchema } from '../src/config/config.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/observe/log.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import { typeUrl } from '../src/publish/type-table.ts';
import { ControlPlane } from '../src/run/control-plane.ts';
import { put } from '../test/rig/load/fleet.ts';
import { quantiles } from '../test/rig/load/quantiles.ts';

/**
 * Time until an edit of one namespace is in force while another edits routes of maximum cost: full of regular
 * expressions, others in every edit.
 * `npm run bench -- tenants --routes=200 --workers=1`
 */
const options = parseArgs({
  strict: false,
  options: {
    routes: { type: 'string', default: '200' },
    workers: { type: 'string', default: '1' },
    edits: { type: 'string', default: '30' },
  },
}).values;
const dearRoutes = Number(options.routes);
const workers = Number(options.workers);
const editsOfOther = Number(options.edits);
const gatewayApi = 'gateway.networking.k8s.io/v1';
const parentRefs = [{ name: 'web', namespace: 'platform' }];
/** Four of these fill the budget of a route. */
const maxCharacters = 4096;

function dearExpression(seed: string): string {
  return `${seed}${'(?i)\\p{L}'.repeat(maxCharacters / 9)}`.slice(0, maxCharacters - 4);
}

function dear(i: number, revision: number): object {
  const headers = Array.from({ length: 4 }, (_, h) => ({
    name: `x-${h}`,
    type: 'RegularExpression',
    value: dearExpression(`${i}-${revision}-${h}`),
  }));
  return {
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: { name: `dear-${i}`, namespace: 'greedy', generation: revision },
    spec: { parentRefs, hostnames: [`dear-${i}.test`], rules: [{ matches: [{ headers }] }] },
  };
}

function modest(revision: number): object {
  return {
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: { name: 'modest', namespace: 'modest', generation: revision },
    spec: {
      parentRefs,
      hostnames: ['modest.test'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: `/modest-${revision}` } }] }],
    },
  };
}

const gateway = [
  {
    apiVersion: gatewayApi,
    kind: 'GatewayClass',
    metadata: { name: 'sluice' },
    spec: { controllerName: 'sluice.dev/gateway-controller' },
  },
  {
    apiVersion: gatewayApi,
    kind: 'Gateway',
    metadata: { name: 'web', namespace: 'platform' },
    spec: {
      gatewayClassName: 'sluice',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
      ],
    },
  },
];

const config = configSchema.parse({
  provider: { type: 'file', file: { directory: '/' } },
  xds: { port: 0 },
  config: { workers },
});
const metrics = createMetrics();
/** Warnings of work that is cut off at the end are expected. */
const log = createLog({ level: 'error', format: 'text' }, { write: () => {} });
const plane = new ControlPlane(config, { log, metrics, clock: systemClock }, 'bench');
const { controller } = plane;
controller.apply([...gateway, modest(1)].map(put));
controller.sourcesComplete();
await controller.ready;

const alone = await edits(1);
const end = new AbortController();
const flood = floodUntil(end.signal);
await sleep(2000);
const beside = await edits(editsOfOther + 1);
end.abort();
await flood;
for (const [name, times] of Object.entries({ alone, beside })) {
  const { p50, max } = quantiles(times);
  process.stdout.write(
    `${name.padEnd(8)} ${dearRoutes} dear routes, ${workers} workers: p50 ${p50.toFixed(0)} ms, max ${max.toFixed(0)} ms\n`,
  );
}
await plane.close();
metrics.close();

async function floodUntil(signal: AbortSignal): Promise<void> {
  for (let revision = 1; !signal.aborted; revision++) {
    for (let i = 0; i < dearRoutes && !signal.aborted; i++) {
      controller.apply([put(dear(i, revision))]);
      // In pieces, as a watch would bring them.
      if (i % 10 === 9) await sleep(1);
    }
    await sleep(100);
  }
}

async function edits(first: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 1; i <= editsOfOther; i++) {
    const before = performance.now();
    controller.apply([put(modest(first + i))]);
    while (!isInForce(`/modest-${first + i}`)) await sleep(1);
    times.push(performance.now() - before);
    await sleep(50);
  }
  return times;
}

function isInForce(path: string): boolean {
  const view = controller.view('platform/web');
  return [...(view?.names(typeUrl.virtualHost) ?? [])].some((name) =>
    Buffer.from(view?.get(typeUrl.virtualHost, name)?.bytes ?? []).includes(path),
  );
}
