import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceOf } from '../../src/explain/difference/difference.ts';
import { differenceLines } from '../../src/explain/difference/difference-text.ts';
import type { Outcome } from '../../src/explain/difference/outcome.ts';
import { rulesOf } from '../../src/publish/type-table.ts';
import { outcomeOf } from '../../src/run/in-force/outcome.ts';
import type { Edit } from '../rig/objects/edit.ts';
import { anyEdit, initialEdits, settingsEditKey } from '../rig/objects/any-edit.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { services, urlOf } from '../rig/xds/xds-types.ts';

/** Raise it for a longer search: a run takes three pipelines. */
const runs = Number(process.env['DIFFERENCE_RUNS'] ?? 12);

test(
  'what a difference foretells is what a proxy gets, whatever is edited',
  { timeout: 120_000 },
  async () => {
    let foretold = 0;
    const edits = fc.array(
      anyEdit().filter(({ key }) => key !== settingsEditKey),
      { minLength: 3, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(edits, async (list) => {
        const before = manifestsOf(initialEdits());
        const after = manifestsOf([...initialEdits(), ...list]);
        const pipeline = await Pipeline.started([...before.values()]);
        const client = await pipeline.connected();
        const had = heldBy(client);
        const removed = [...before].flatMap(([key, object]) => (after.has(key) ? [] : object));
        pipeline.replace(removed, [...after.values()]);
        await pipeline.drain();
        const got = heldBy(client);
        const { gateways } = differenceOf(await outcome(before), await outcome(after), () => 1);
        const said = gateways.find(({ gateway }) => gateway === 'default/web')?.resources ?? [];
        // Removals are left out: a client may keep a resource that nothing names.
        const expected = [...got].flatMap(([id, version]) => (had.get(id) === version ? [] : id));
        const changed = said.filter(({ change }) => change !== 'removed');
        // Nor does it ask for a table that no listener names.
        const asked = changed.filter(({ type, name }) => isWildcard(type) || got.has(`${type} ${name}`));
        expect(asked.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(expected.sort());
        foretold += changed.length;
        await pipeline.close();
      }),
      { numRuns: runs, seed: 1 },
    );
    expect(foretold).toBeGreaterThan(runs / 2);
  },
);

function isWildcard(type: string): boolean {
  return type === 'clusters' || type === 'listeners';
}

function manifestsOf(edits: readonly Edit[]): Map<string, object> {
  const found = new Map<string, object>();
  for (const { key, manifest } of edits) {
    if (manifest === undefined) found.delete(key);
    else found.set(key, manifest);
  }
  return found;
}

async function outcome(manifests: ReadonlyMap<string, object>): Promise<Outcome> {
  const pipeline = await Pipeline.started([...manifests.values()]);
  const found = outcomeOf(pipeline.controller);
  await pipeline.close();
  return found;
}

function heldBy(client: DeltaClient): Map<string, string> {
  return new Map(
    services.flatMap((service) =>
      [...client.held(service)].map(([name, { version }]): [string, string] => [
        `${rulesOf(urlOf(service)).plural} ${name}`,
        version,
      ]),
    ),
  );
}

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

async function lines(before: readonly object[], after: readonly object[]): Promise<string[]> {
  const [old, now] = await Promise.all(
    [before, after].map((objects) => outcome(new Map(objects.map((object, i) => [String(i), object])))),
  );
  if (old === undefined || now === undefined) throw new Error('no outcome');
  return differenceLines(differenceOf(old, now, () => 3));
}

function route(path: string): object {
  return m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }]);
}

test('a changed match is one field of one resource', async () => {
  expect(await lines([...base, route('/a')], [...base, route('/b')])).toEqual([
    expect.stringMatching(
      /^1 resource at 1 Gateway, \d+ bytes to send, no listener drains connections, 0 statuses$/,
    ),
    '',
    expect.stringMatching(/^Gateway default\/web: \d+ bytes to each of 3 proxies$/),
    '  ~ virtualHosts default/web/80:*/*',
    '      routes[0].match.pathSeparatedPrefix: "/a" → "/b"',
  ]);
  expect(await lines([...base, route('/a')], [...base, route('/a')])).toEqual(['no change']);
});

test('a new object that is wrong has a line with what is wrong', async () => {
  const lost = m.httpRoute([{ backendRefs: [m.backend('absent')] }]);
  expect((await lines(base, [...base, lost])).join('\n')).toMatch(
    /\+ HTTPRoute\/default\/route\n +parents\[0\]\.conditions\[1\]\.status: \+ "False \(BackendNotFound\): .*absent/,
  );
});

function keys(alice: string): object {
  const metadata = { name: 'keys', namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { alice } };
}

test('where only a secret differs, the resource is named, and its content is not', async () => {
  const policy = m.policy('SecurityPolicy', {
    targetRefs: [{ kind: 'HTTPRoute', name: 'route' }],
    apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] },
  });
  const all = [...base, m.httpRoute([{ backendRefs: [m.backend()] }]), policy];
  const found = await lines([...all, keys('canary-1')], [...all, keys('canary-2')]);
  expect(found.slice(3)).toEqual(['  ~ virtualHosts default/web/80:*/*', '      secret content differs']);
  expect(found.join()).not.toContain('canary');
});
