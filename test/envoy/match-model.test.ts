import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, httpRoute } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo } from '../rig/envoy/http-client.ts';
import { ruleOf, type ModelRequest, type ModelRoute } from './match-model.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
});

afterAll(() => rig.close());

const seed = Number(process.env['CORPUS_SEED'] ?? 1);
const scale = Number(process.env['CORPUS_SCALE'] ?? 1);

// Few values, so that most requests match several matches.
const path = fc.constantFrom('/', '/a', '/a/b', '/ab');
const method = fc.constantFrom('GET', 'POST');
const some = (...names: string[]) =>
  fc.oneof(fc.constant([]), fc.subarray(names.map((name) => ({ name, value: '1' }))));
const most = (...names: string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(names.map((name) => ({ name, value: '1' }))) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ name: fc.constantFrom(...names), value: fc.constant('2') }), {
        maxLength: 1,
      }),
    },
  );

const match = fc.record({
  path: fc.record({ type: fc.constantFrom('Exact' as const, 'PathPrefix' as const), value: path }),
  method: fc.oneof(fc.constant(undefined), fc.constant(undefined), method),
  headers: some('x-a', 'x-b'),
  queryParams: some('p', 'q'),
});

const hostnames = fc.oneof(
  fc.constant(['*']),
  fc.constant(['*.test']),
  fc.uniqueArray(fc.constantFrom('a.test', '*.test', '*.a.test', 'b.a.test'), { minLength: 1, maxLength: 2 }),
);

const routes = fc
  .array(
    fc.record({
      hostnames,
      created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      rules: fc.array(fc.array(match, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
    }),
    // Always three, so that each replaces that of the case before.
    { minLength: 3, maxLength: 3 },
  )
  .map((list) =>
    list.map((route, n): ModelRoute => {
      const rules = route.rules.map((matches, r) => ({ id: `${n}-${r}`, matches }));
      return { ...route, name: `r${n}`, rules };
    }),
  );

const requests = fc.array(
  fc.record({
    host: fc.constantFrom('a.test', 'x.test', 'b.a.test', 'x.a.test', 'other.example', 'y.test'),
    path: fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/a/', '/abc', '/x'),
    method,
    headers: most('x-a', 'x-b'),
    queryParams: most('p', 'q'),
  }),
  { minLength: 20, maxLength: 20 },
);

test('of every request, the rule that the specification means gets it', async () => {
  const property = fc.asyncProperty(routes, requests, async (wanted, sent) => {
    rig.apply(wanted.map(manifest));
    await rig.settled();
    const found = await Promise.all(sent.map(answeredBy));
    expect(found).toEqual(sent.map((request) => ruleOf(wanted, request)));
  });
  await fc.assert(property, { numRuns: 100 * scale, seed });
});

function manifest({ name, hostnames: names, created, rules }: ModelRoute): object {
  return httpRoute(
    rules.map(({ id, matches }) => ({
      matches,
      filters: [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-rule', value: id }] } },
      ],
      backendRefs: [backend('app')],
    })),
    { name, creationTimestamp: created, ...(names.includes('*') ? {} : { hostnames: names }) },
  );
}

/** Undefined: a 404. */
async function answeredBy(request: ModelRequest): Promise<string | undefined> {
  const text = request.queryParams.map(({ name, value }) => `${name}=${value}`).join('&');
  const answer = await rig.send('', {
    host: request.host,
    path: text === '' ? request.path : `${request.path}?${text}`,
    method: request.method,
    headers: Object.fromEntries(request.headers.map(({ name, value }) => [name, value])),
  });
  return answer.status === 404 ? undefined : echo(answer).headers['x-rule']?.[0];
}
