import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import {
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type JsonObject,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { UnitOutput } from '../src/batch/outcome.ts';
import { contentHash } from '../src/lib/hash.ts';
import { must } from '../src/lib/assert.ts';
import { typeUrl } from '../src/publish/type-table.ts';
import { endpointSlice, service } from '../test/rig/objects/manifests.ts';
import { EnvoyRig, toService } from '../test/rig/envoy/envoy-rig.ts';

/**
 * `npm run bench -- filters [--pairs=8] [--rounds=6] [--requests=6000]`: CPU of Envoy that the idle filters of a
 * listener cost per request.
 * Envoys with and without them run in turn, A B B A. The memory layout of a process may cost more than the filters, so
 * each pair is of new processes, and the spread is that of the pairs.
 */
const options = parseArgs({
  strict: false,
  options: {
    pairs: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '6' },
    requests: { type: 'string', default: '6000' },
  },
}).values;
const pairs = Number(options.pairs);
const requests = Number(options.requests);

const backend = await startBackend();
const ratios: number[] = [];
for (let pair = 0; pair < pairs; pair++) {
  const [plain, idle] = [await bedOf(withoutIdle), await bedOf((output) => output)];
  const beds = { plain, idle };
  for (const rig of [plain, idle]) await load(rig.port, requests);
  const spent = { plain: 0, idle: 0 };
  for (let round = 0; round < Number(options.rounds); round++) {
    const turn = round % 2 === 0 ? (['plain', 'idle'] as const) : (['idle', 'plain'] as const);
    for (const name of turn) {
      const rig = beds[name];
      const before = cpuMicros(rig.envoy.pid);
      await load(rig.port, requests);
      spent[name] += cpuMicros(rig.envoy.pid) - before;
    }
  }
  const each = Number(options.rounds) * requests;
  ratios.push(spent.idle / spent.plain);
  process.stdout.write(
    `pair ${pair + 1}: ${(spent.plain / each).toFixed(1)} µs a request without, ${(spent.idle / each).toFixed(1)} with\n`,
  );
  for (const rig of [plain, idle]) await rig.close();
}
backend.close();
const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / Math.max(1, ratios.length - 1);
const error = Math.sqrt(variance / ratios.length);
process.stdout.write(
  `idle filters: ${((mean - 1) * 100).toFixed(2)} % of Envoy's CPU, ± ${(error * 100).toFixed(2)} (standard error of ${pairs} pairs); goal: at most 2 %\n`,
);

async function bedOf(tamper: (output: UnitOutput) => UnitOutput): Promise<EnvoyRig> {
  const rig = await EnvoyRig.start({ mode: 'inline', tamper });
  const { port } = backend.address() as AddressInfo;
  rig.apply([service('app'), endpointSlice(['127.0.0.1'], { port })]);
  await rig.serve('a', [toService('app')]);
  return rig;
}

/** Answers at once; only Envoy's CPU is measured. */
async function startBackend(): Promise<Server> {
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) =>
      socket.write(answer.repeat(data.toString('latin1').split('\r\n\r\n').length - 1)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** 16 connections, one request at a time on each. */
async function load(port: number, total: number): Promise<void> {
  const text =
    'GET /some/path?of=a&query HTTP/1.1\r\nhost: a.test\r\nuser-agent: bench\r\naccept: */*\r\n\r\n';
  let sent = 0;
  const connections = Array.from({ length: 16 }, async () => {
    const socket = connect(port, '127.0.0.1');
    const next = (): void => {
      if (sent++ < total) socket.write(text);
      else socket.end();
    };
    let got = '';
    socket.on('connect', next);
    socket.on('data', (data) => {
      got += data.toString('latin1');
      if (!got.endsWith('\r\n\r\nok')) return;
      got = '';
      next();
    });
    await once(socket, 'close');
  });
  await Promise.all(connections);
}

function cpuMicros(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanos = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanos.reduce((sum, nano) => sum + nano, 0) / 1000;
}

/** Takes all filters but cors and router out of Listeners, and the slots that they name. */
function withoutIdle(output: UnitOutput): UnitOutput {
  const resources = output.resources.flatMap((resource) => {
    if (resource.typeUrl === typeUrl.extension) return [];
    if (resource.typeUrl !== typeUrl.listener) return [resource];
    const bytes = edited(resource.bytes);
    return [{ ...resource, bytes, version: contentHash(bytes) }];
  });
  return { ...output, resources };
}

function edited(bytes: Uint8Array): Uint8Array {
  const set = fromBinary(
    FileDescriptorSetSchema,
    readFileSync(new URL('../proto/gen/descriptors.binpb', import.meta.url)),
  );
  const registry = createFileRegistry(set);
  const schema = must(registry.getMessage('envoy.config.listener.v3.Listener'), 'Listener');
  const json = toJson(schema, fromBinary(schema, bytes), { registry }) as JsonObject;
  const listener = json as unknown as {
    filterChains: { filters: { typedConfig: { httpFilters: { name: string }[] } }[] }[];
  };
  for (const { filters } of listener.filterChains)
    for (const { typedConfig } of filters)
      typedConfig.httpFilters = typedConfig.httpFilters.filter(({ name }) =>
        ['envoy.filters.http.cors', 'envoy.filters.http.router'].includes(name),
      );
  return toBinary(schema, fromJson(schema, json, { registry }));
}
