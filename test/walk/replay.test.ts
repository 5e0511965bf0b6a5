import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { View } from '../../src/publish/view.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import type { Dial } from '../rig/xds/client-options.ts';
import type { Edit } from '../rig/objects/edit.ts';
import { anyEdit, initialEdits } from '../rig/objects/any-edit.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import { xdsJson } from '../rig/xds/xds-json.ts';
import { comparable, readDump } from './envoy-dump.ts';
import { differences } from './at-rest.ts';
import { EnvoyModel } from './envoy-model.ts';

/** An edit of a few objects, or a restart of the control plane. */
const total = Number(process.env['REPLAY_STEPS'] ?? 100);
/** Fixed by default, so that each run asks the same. */
const seed = Number(process.env['REPLAY_SEED'] ?? 1);

/** Envoy does not get these, or cannot use them here. */
const kinds = new Set([
  'HTTPRoute',
  'Gateway',
  'Service',
  'EndpointSlice',
  'ReferenceGrant',
  'Secret',
  'Namespace',
]);

interface Step {
  readonly edits: readonly Edit[];
  readonly restarts: boolean;
  /** Compare Envoy and the model before the next step. */
  readonly rests: boolean;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  edits: fc.array(anyEdit().filter(isReplayed), { minLength: 1, maxLength: 4 }),
  restarts: fc.integer({ min: 0, max: 99 }).map((i) => i === 0),
  rests: fc.integer({ min: 0, max: 3 }).map((i) => i === 0),
});

const gateway = 'default/web';
let rig: EnvoyRig;
let model: EnvoyModel;
let compared = 0;
const manifests = new Map<string, object>();

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 4, drainMs: 20, holdMs: 2000 });
  model = new EnvoyModel({
    id: 'model',
    gateway,
    clock: systemClock,
    // Envoy's own default.
    drainMs: 600_000,
    schedule: setImmediate,
    view: () => rig.controller.view(gateway),
    generation: () => 0,
  });
});

afterAll(async () => {
  model.close();
  await rig.close();
});

test(
  'after every few steps of a random walk a real Envoy has what the model of it has',
  { timeout: 60_000 + total * 1000 },
  async () => {
    apply(initialEdits().filter(isReplayed));
    model.connect(dial);
    await rest('at first');
    const steps = fc.sample(anyStep, { seed, numRuns: total });
    for (const [i, step] of steps.entries()) {
      apply(step.edits);
      if (step.restarts) await restart();
      for (let turns = 0; turns < 3; turns++) await turn();
      if (step.rests || i === steps.length - 1) await rest(`REPLAY_SEED=${seed}, after step ${i}`);
    }
    expect(compared).toBeGreaterThan(total / 8);
  },
);

function apply(edits: readonly Edit[]): void {
  const removed: object[] = [];
  const put: object[] = [];
  for (const { key, manifest } of edits) {
    const before = manifests.get(key);
    if (manifest !== undefined) {
      const placed = withPorts(manifest) as object;
      manifests.set(key, placed);
      put.push(placed);
    } else if (before !== undefined) {
      manifests.delete(key);
      removed.push(before);
    }
  }
  rig.apply(
    put.filter((manifest) => [...manifests.values()].includes(manifest)),
    removed.filter((manifest) => ![...manifests.values()].includes(manifest)),
  );
}

async function restart(): Promise<void> {
  model.disconnect();
  await rig.stopControlPlane();
  await rig.startControlPlane();
  model.connect(dial);
}

async function rest(when: string): Promise<void> {
  while (!rig.controller.isIdle) await turn();
  compared++;
  await converge(async () => {
    const view = rig.controller.view(gateway);
    // Proxies of a Gateway with nothing to serve keep what they had: of two, one may have missed its end.
    if (view === undefined) return;
    expect([...model.violations, ...model.rest.unsettled(), ...differences(model, view)], when).toEqual([]);
    const dump = readDump(await rig.envoy.configDump());
    expect(dump.waiting, when).toEqual([]);
    const inForce = new Map([...model.rest.inForce()].filter(([key]) => !/^(EDS|SRDS|RDS|VHDS) /.test(key)));
    const isNamed = (key: string): boolean =>
      inForce.has(key) || key.startsWith('CDS') || key.startsWith('LDS');
    const named = new Map([...dump.versions].filter(([key]) => isNamed(key)));
    for (const [name, listener] of dump.listeners)
      if (isPublished(view, name, listener))
        named.set(`LDS ${name}`, view.get(urlOf('LDS'), name)?.version ?? '');
    expect(named, when).toEqual(inForce);
    expect(dump.endpoints, when).toEqual(endpointsOfModel());
    const routes = routesOfModel();
    expect(new Map([...dump.routes].filter(([name]) => routes.has(name))), when).toEqual(routes);
  });
}

const dial: Dial = (node, receive) => {
  const connection = rig.controller.fleet.connect(node, (message) => receive(message.toBuffer()));
  return { send: (request) => connection.receive(request), close: () => connection.close() };
};

/** True for the content of the listener in the view. */
function isPublished(view: View, name: string, listener: unknown): boolean {
  const wanted = view.get(urlOf('LDS'), name);
  return wanted !== undefined && isDeepStrictEqual(comparable(xdsJson(urlOf('LDS'), wanted.bytes)), listener);
}

function endpointsOfModel(): Map<string, readonly string[]> {
  return new Map(
    [...model.clusters.active.values()].flatMap(({ endpoints: name, assignment }) => {
      if (name === undefined) return [];
      const json = assignment === undefined ? {} : xdsJson(urlOf('EDS'), assignment.bytes);
      const { endpoints = [] } = json as Assignment;
      const addresses = endpoints
        .flatMap(({ lbEndpoints = [] }) => lbEndpoints)
        .flatMap(({ endpoint }) => endpoint.address.socketAddress ?? []);
      return [[name, addresses.map(({ address, portValue }) => `${address}:${portValue}`).sort()]];
    }),
  );
}

function routesOfModel(): Map<string, unknown> {
  const { active, tables } = model.listeners;
  const names = [...active.values()].flatMap((instance) => model.listeners.routesOf(instance));
  return new Map(
    names.map((name) => {
      const table = tables.get(name);
      if (table === undefined) return [name, undefined];
      const { virtualHosts = [], ...options } = xdsJson(urlOf('RDS'), table.routes.bytes);
      const hosts = [...table.hosts.values()].map(({ bytes }) => xdsJson(urlOf('VHDS'), bytes));
      const all = [...(Array.isArray(virtualHosts) ? virtualHosts : []), ...hosts];
      return [name, comparable({ ...options, virtualHosts: all })];
    }),
  );
}

interface Assignment {
  readonly endpoints?: readonly {
    readonly lbEndpoints?: readonly {
      readonly endpoint: {
        readonly address: {
          readonly socketAddress?: { readonly address: string; readonly portValue: number };
        };
      };
    }[];
  }[];
}

function isReplayed({ key, manifest }: Edit): boolean {
  const [kind = '', , name] = key.split('/');
  if (!kinds.has(kind) || (kind === 'Gateway' && name !== 'web')) return false;
  // Envoy may miss the end of its Gateway, and does not learn of it later.
  return kind !== 'Gateway' || JSON.stringify(manifest ?? {}).includes('"gatewayClassName":"sluice"');
}

function withPorts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPorts);
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object['kind'] === 'Service' || object['kind'] === 'EndpointSlice') return value;
  return Object.fromEntries(
    Object.entries(object).map(([name, field]) => [
      name,
      name === 'backendRefs' || name === 'filters'
        ? field
        : name === 'port' && typeof field === 'number'
          ? freePort(field)
          : withPorts(field),
    ]),
  );
}

function freePort(port: number): number {
  return rig.ports[[80, 443, 8080, 9000].indexOf(port)] ?? port;
}
