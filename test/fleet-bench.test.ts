import { expect, test } from 'vitest';
import { estimate, growth } from '../bench/fleet/measure/statistics.ts';
import { help, parseOptions } from '../bench/fleet/options.ts';
import { verdicts } from '../bench/fleet/report/goals.ts';
import type { Run } from '../bench/fleet/report/results.ts';
import { scenarios } from '../bench/fleet/scenarios.ts';
import { endpoint } from '../bench/fleet/scenarios/endpoint.ts';
import { stepsOf } from '../bench/fleet/steps.ts';
import { Arrivals } from '../bench/fleet/tap/arrivals.ts';
import { GrpcMessages } from '../bench/fleet/tap/grpc-messages.ts';
import type { RunningTap } from '../bench/fleet/tap/tap.ts';
import { typeUrl, usesOf } from '../bench/fleet/tap/uses.ts';
import { Cluster } from '../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { grpcMessage } from './rig/xds/http2-call.ts';

const peers = ['sluice', 'contour'];

test.each([
  ['--scenario nothing', '--scenario: there is no scenario nothing; --help names them all'],
  ['--peer kong', '--peer: kong is none of sluice, contour'],
  ['--blocks 0', '--blocks: must be a whole number above 0 (got "0")'],
  ['--routes 10,x', '--routes: must be whole numbers above 0 (got "10,x")'],
  ['--rows 3', "Unknown option '--rows'"],
])('%s is one line', (args, line) => {
  expect(parseOptions(args.split(' '), peers)).toBe(line);
});

test('--help names every scenario and every option', () => {
  for (const { name } of scenarios) expect(help()).toContain(`  ${name} `);
  const options = parseOptions([], peers);
  const named = Object.keys(options).filter((name) => !['scenarios', 'peers', 'plan'].includes(name));
  for (const name of [...named, 'scenario', 'peer', 'all', 'smoke']) expect(help()).toContain(`--${name}`);
});

test('--smoke and --all run every scenario, none of them twice at one size', () => {
  for (const plan of ['--smoke', '--all']) {
    const options = parseOptions([plan], peers);
    if (typeof options === 'string') throw new Error(options);
    const runs = stepsOf(options).flatMap(({ scenarios: names, routes }) =>
      names.flatMap((name) => routes.map((size) => `${name} ${size}`)),
    );
    expect(new Set(runs).size).toBe(runs.length);
    const names = new Set(runs.map((run) => run.split(' ')[0]));
    expect(names).toEqual(new Set(scenarios.map(({ name }) => name)));
  }
});

test('an estimate is the median, within its interval; a growth exponent is that of the medians', () => {
  expect(estimate([3])).toEqual({ median: 3, low: 3, high: 3 });
  const { median, low, high } = estimate([1, 2, 3, 4, 100]);
  expect(median).toBe(3);
  expect(low).toBeLessThan(3);
  expect(high).toBeGreaterThan(3);
  const points = [10, 100, 1000].map((size) => ({ size, cost: size ** 2 }));
  expect(growth(points).median).toBeCloseTo(2);
});

test('a goal is met when the bad end of the interval is within it', () => {
  expect(isMet(1, 1.2, 1.4)).toBe(true);
  expect(isMet(1, 1.2, 9)).toBe(false);
});

test('a later change of an object stands for the earlier ones', async () => {
  const tap: Pick<RunningTap, 'onMessage'> = { onMessage: () => {} };
  const arrivals = new Arrivals(tap as RunningTap);
  const [first, second, other] = [
    arrivals.expect('a', 'revision-1'),
    arrivals.expect('a', 'revision-2'),
    arrivals.expect('b', 'revision-3'),
  ];
  const bytes = Buffer.from('… revision-2 …');
  tap.onMessage({ at: 7, type: '', bytes, resources: 1 });
  expect(await Promise.all([first, second])).toEqual([
    { at: 7, bytes: bytes.length },
    { at: 7, bytes: bytes.length },
  ]);
  tap.onMessage({ at: 8, type: '', bytes: Buffer.from('revision-3'), resources: 1 });
  expect((await other).at).toBe(8);
});

test('messages are cut at any place of the stream', () => {
  const all = Buffer.concat(['', 'one', 'x'.repeat(300)].map((text) => grpcMessage(Buffer.from(text))));
  for (const size of [1, 2, 7, 1000]) {
    const found: string[] = [];
    const messages = new GrpcMessages((message) => found.push(message.toString()));
    for (let at = 0; at < all.length; at += size) messages.push(all.subarray(at, at + size));
    expect(found).toEqual(['', 'one', 'x'.repeat(300)]);
  }
});

test('a tap asks for the endpoints of a cluster by their own name, or by that of the cluster', () => {
  expect(usesOfCluster({})).toEqual([{ type: typeUrl.endpoint, names: ['a'] }]);
  expect(usesOfCluster({ serviceName: 'b' })).toEqual([{ type: typeUrl.endpoint, names: ['b'] }]);
});

function usesOfCluster(edsClusterConfig: object): unknown {
  return usesOf(typeUrl.cluster, Cluster.encode({ name: 'a', edsClusterConfig }).finish());
}

function runOf(block: number, p50: number): Run {
  return {
    scenario: 'endpoint',
    controlPlane: 'sluice',
    version: '',
    routes: 1000,
    block,
    figures: { p50, p99: 4, cpu: 1 },
    series: {},
    notes: [],
    command: '',
    date: '',
    commit: '',
    cores: 2,
  };
}

/** Verdict on p50 of the endpoint scenario, with a block for each value. */
function isMet(...values: number[]): boolean | undefined {
  const found = verdicts(
    endpoint,
    values.map((value, block) => runOf(block, value)),
  );
  return found.find(({ title }) => title.includes('p50'))?.isMet;
}
