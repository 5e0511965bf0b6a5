import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { record } from '../../src/kinds/identity.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { changedObjects, readableOf } from './doors/pipeline.ts';
import { exampleObjects } from './doors/examples.ts';
import { Random } from './random.ts';

/** Changes objects of a namespace one by one; a real Envoy must accept each result. Started by `run.ts`. */
const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
const seed = Number(values.seed);
const end = performance.now() + Number(values.minutes) * 60_000;
const random = new Random(seed);
const rig = await EnvoyRig.start({ ports: 3, mode: 'threads' });
await rig.backend('app');
const fixed = new Set(['Service//app', 'EndpointSlice//app-0']);

const lateMs = 20_000;
const stuckMs = 180_000;

/** Changes after which little in an object still has a meaning. */
const changesBeforeRestart = 20;

let tries = 0;
let found = 0;
let inForce: object[] = [];
let value: unknown = exampleObjects;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
while (performance.now() < end) {
  tries++;
  value = tries % changesBeforeRestart === 0 ? exampleObjects : changedObjects(value, random);
  const objects = readableOf(value).filter(isTried).map(onOurPorts);
  const names = new Set(objects.map(nameOf));
  const before = await rig.rejected();
  rig.apply(
    objects,
    inForce.filter((object) => !names.has(nameOf(object))),
  );
  inForce = objects;
  const problem = await verdict(before);
  if (problem === undefined) continue;
  found++;
  say(`FOUND envoy: ${problem}\n  with JSON ${JSON.stringify(objects)}\n  again: --seed ${seed} envoy`);
  value = exampleObjects;
}
const longestMs = Math.round(delay.max / 1e6);
const sent = await rig.sent();
say(
  `envoy: ${tries} tries, ${sent} resources sent, ${found} found, this thread was blocked for ${longestMs} ms at most`,
);
await rig.close({ rejected: 'expected' });
process.exitCode = found === 0 ? 0 : 1;

/** Undefined: Envoy accepted everything. A long wait is printed; after minutes, a change is taken as lost. */
async function verdict(before: number): Promise<string | undefined> {
  const appliedAt = performance.now();
  let late: string | undefined;
  for (;;) {
    if ((await rig.rejected()) > before) return `Envoy rejects it: ${JSON.stringify(rig.log.lines.at(-1))}`;
    const { missing, controller } = rig;
    const ms = performance.now() - appliedAt;
    // A Gateway without a valid listener has no view.
    const isServed = !controller.isIdle || controller.view('default/web') !== undefined;
    if (missing.length === 0 || !isServed) {
      if (late !== undefined) say(`late: Envoy has all after ${Math.round(ms / 1000)} s; before, ${late}`);
      return undefined;
    }
    if (ms > lateMs) late ??= `it had not ${missing.join(', ')}: ${streams()}`;
    if (ms > stuckMs) return `Envoy has not: ${missing.join(', ')}: ${streams()}`;
    await pause(5);
  }
}

/** Text for diagnosis: by stream and type, the response without an answer, and what waits. */
function streams(): string {
  return JSON.stringify(
    [...rig.controller.fleet.connected()].map(({ id, types }) => ({
      id,
      types: types.map((state) => ({
        type: state.type,
        subscribed: state.subscribed,
        unansweredSince: state.inFlight?.sentAt,
        behind: Iterator.from(state.behind()).take(3).toArray(),
      })),
    })),
  );
}

function nameOf(object: object): string {
  const metadata = record(record(object)?.['metadata']);
  return JSON.stringify([record(object)?.['kind'], metadata?.['namespace'] ?? 'default', metadata?.['name']]);
}

/** False for the fixture's backend, which has to stay where it listens. */
function isTried(object: object): boolean {
  const { kind, name } = {
    kind: record(object)?.['kind'],
    name: record(record(object)?.['metadata'])?.['name'],
  };
  return !fixed.has(`${String(kind)}//${String(name)}`) && kind !== 'EndpointSlice';
}

/** The system would refuse a port of another program, whatever Envoy thinks of it. */
function onOurPorts(object: object): object {
  const manifest = record(object);
  const spec = record(manifest?.['spec']);
  const listeners: unknown = spec?.['listeners'];
  if (manifest?.['kind'] !== 'Gateway' || !Array.isArray(listeners)) return object;
  const moved = listeners.map((listener: unknown) => {
    const fields = record(listener);
    const port = Number(fields?.['port']);
    return Number.isInteger(port) ? { ...fields, port: portOf(port) } : listener;
  });
  return { ...manifest, spec: { ...spec, listeners: moved } };
}

function portOf(port: number): number | undefined {
  return rig.ports[port === 80 ? 0 : port === 443 ? 1 : 2];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
