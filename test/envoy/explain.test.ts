import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayAnswer } from '../../src/explain/answer.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { must } from '../../src/lib/assert.ts';
import { backend, httpRoute } from '../rig/objects/manifests.ts';
import { Explained } from '../rig/pipeline/explained.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo, type Answer } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
});

afterAll(() => rig.close());

interface Sent {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

const seed = Number(process.env['CORPUS_SEED'] ?? 1);
const scale = Number(process.env['CORPUS_SCALE'] ?? 1);

const pathMatch = fc.oneof(
  fc.record({
    type: fc.constantFrom('Exact', 'PathPrefix'),
    value: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/a.b', "/it's", '/a=b;c', '/~x', '/A'),
  }),
  fc.record({
    type: fc.constant('RegularExpression'),
    value: fc.constantFrom(
      '/.*',
      '/a.*',
      '/(a|b)',
      '(?i)/AB',
      '/[a-z]+/b',
      '/v[0-9]+',
      '/a\\.b',
      '/\\pL+',
      '/日.*',
    ),
  }),
);

const valueMatch = (...names: string[]) =>
  fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', 'x', 'a,b', 'é') }),
    fc.record({
      type: fc.constant('RegularExpression'),
      name: fc.constantFrom(...names),
      value: fc.constantFrom('[0-9]+', '.*x', '(?i)X', '1|2'),
    }),
  );

const few = <T>(items: fc.Arbitrary<T>) => fc.array(items, { maxLength: 2 });

const match = fc.record(
  {
    path: pathMatch,
    method: fc.constantFrom('GET', 'POST', 'OPTIONS'),
    headers: few(valueMatch('x-a', 'X-B', 'host')),
    queryParams: few(valueMatch('p', 'Q')),
  },
  { requiredKeys: [] },
);

/** Acts of Envoy on a request that its answer tells apart. */
const act = fc.oneof(
  { weight: 4, arbitrary: fc.constant('forward') },
  { weight: 1, arbitrary: fc.constantFrom('redirect', 'invalid', 'cors redirect') },
);

const hostnames = fc.oneof(
  fc.constant([]),
  fc.uniqueArray(fc.constantFrom('a.test', '*.test', '*.a.test', 'b.a.test'), { minLength: 1, maxLength: 2 }),
);

const rule = fc.record({ matches: fc.array(match, { maxLength: 3 }), act });

const routes = fc.array(
  fc.record({
    hostnames,
    creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 3, maxLength: 3 },
);

/** Among them paths that Envoy changes before it looks for a route. */
const paths = [
  "/ /a /a/ /a/b /ab /AB /a.b /a/../ab /a/./b //a//b /%61 /a%2Fb /a%5Cb /it's /a=b;c /~x /%7Ex /v12",
  '/a?p=1 /a?Q=x&p=2 /?p=x&p=1 /a/b?p=%31 /a?p /a%20b /b /a/%2e%2e/b /a|b /a\\b /%e6%97%a5x /a"b /%zz /a^b',
  '/a{b} /a?p=1?p=2 /a/..',
].flatMap((line) => line.split(' '));

const sent = fc.record({
  host: fc.constantFrom('a.test', 'A.Test', 'x.test', 'b.a.test', 'x.a.test', 'other.example', 'a.test:81'),
  path: fc.constantFrom(...paths),
  method: fc.constantFrom('GET', 'POST', 'OPTIONS'),
  headers: fc.record(
    {
      'x-a': fc.constantFrom('1', '2', 'X', 'a,b', ''),
      'x-b': fc.constantFrom('x', 'yx', '12'),
      origin: fc.constant('https://a.example'),
      'access-control-request-method': fc.constant('GET'),
    },
    { requiredKeys: [] },
  ),
});

test('of every request, the explained rule is the one whose answer Envoy gives', async () => {
  let pairs = 0;
  let answered = 0;
  const requests = fc.array(sent, { minLength: 20, maxLength: 20 });
  const property = fc.asyncProperty(routes, requests, async (wanted, list) => {
    rig.apply(wanted.map(manifest));
    await rig.settled();
    const found = await Promise.all(list.map(async (request) => seenIn(await rig.send('', request))));
    const said = await Promise.all(list.map(async (request) => explained(await explain(request))));
    const wrong = list.flatMap((request, i) =>
      said[i] === found[i] ? [] : [{ request, explained: said[i], answered: found[i] }],
    );
    expect(wrong).toEqual([]);
    pairs += list.length;
    answered += found.filter((text) => text !== '404').length;
  });
  await fc.assert(property, { numRuns: 25 * scale, seed });
  expect(answered).toBeGreaterThan(pairs / 4);
});

function manifest(
  {
    hostnames: names,
    creationTimestamp,
    rules,
  }: {
    hostnames: readonly string[];
    creationTimestamp: string;
    rules: readonly { matches: readonly object[]; act: string }[];
  },
  n: number,
): object {
  const name = `r${n}`;
  return httpRoute(
    rules.map(({ matches, act: does }, r) => ({
      ...(matches.length === 0 ? {} : { matches }),
      ...actOf(does, `${name}-${r}`),
    })),
    { name, creationTimestamp, ...(names.length === 0 ? {} : { hostnames: names }) },
  );
}

function actOf(does: string, id: string): object {
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: `${id}.example` } };
  const cors = { type: 'CORS', cors: { allowOrigins: ['https://a.example'] } };
  const mark = {
    type: 'RequestHeaderModifier',
    requestHeaderModifier: { set: [{ name: 'x-rule', value: id }] },
  };
  const says = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: 'x-rule', value: id }] },
  };
  if (does === 'redirect') return { filters: [redirect] };
  if (does === 'cors redirect') return { filters: [redirect, cors] };
  if (does === 'invalid') return { filters: [says], backendRefs: [backend('absent')] };
  return { filters: [mark], backendRefs: [backend('app')] };
}

/** Says by which rule Envoy answered, and how. */
function seenIn(answer: Answer): string {
  const { status, headers } = answer;
  if (status === 200 && headers.has('access-control-allow-origin') && answer.body === '') return 'preflight';
  if (status === 200) return echo(answer).headers['x-rule']?.[0] ?? '';
  const host = /^http:\/\/(r\d-\d)\.example/.exec(headers.get('location')?.[0] ?? '')?.[1];
  if (status === 302) return host ?? '302';
  if (status === 500) return headers.get('x-rule')?.[0] ?? '500';
  return String(status);
}

async function explain({ host, path, method, headers }: Sent): Promise<GatewayAnswer> {
  const url = `http://127.0.0.1:${rig.port}${path}`;
  const explanation = await new Explained({ controller: rig.controller, clock: systemClock }).request(url, {
    method,
    headers: { ...headers, host },
  });
  return must(explanation.gateways[0], 'an answer');
}

function explained({ routes: taken, status }: GatewayAnswer): string {
  const [first] = taken;
  if (first?.route === undefined) return String(status);
  const isPreflight = first.action.includes('an invalid backendRef') && first.effects.includes('CORS');
  if (isPreflight) return 'preflight';
  // A rule that Sluice cannot read is closed, and names no header.
  if (status === 500 && first.effects.length === 0) return '500';
  return `${first.route.slice(first.route.lastIndexOf('/') + 1)}-${/\d+/.exec(first.place)?.[0]}`;
}
