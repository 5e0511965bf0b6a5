import { expect, test } from 'vitest';
import { slotOf } from '../../src/units/filter-slot.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';

const selected = [{ headers: [{ name: 'x-user', type: 'Distinct' }] }];
const perHour = (requests: number) => ({ limit: { requests, unit: 'Hour' } });

function limiting(rules: readonly object[], fields: object = {}): object {
  return m.policy('BackendTrafficPolicy', {
    targetRefs: [{ kind: 'Gateway', name: 'web' }],
    rateLimit: { type: 'Local', local: { rules } },
    ...fields,
  });
}

async function started(
  rules: readonly object[],
  filters: readonly object[] = [],
  target: object = { kind: 'Gateway', name: 'web' },
) {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
    m.httpRoute([{ name: 'buy', backendRefs: filters.length > 0 ? [] : [m.backend()], filters }], {
      hostnames: ['a.test', 'b.test'],
    }),
    limiting(rules, { targetRefs: [target] }),
  ]);
  const client = await pipeline.connected();
  const routes = (): string => JSON.stringify(client.routes('default/web/80:*'));
  const status = (): string => JSON.stringify(pipeline.status('BackendTrafficPolicy', 'policy'));
  return { pipeline, client, routes, status };
}

function slotOfChain(client: DeltaClient, chain: string): string {
  return JSON.stringify(client.json('ECDS', slotOf('local_ratelimit', chain)));
}

test('buckets are in a slot, and routes say which of them is theirs', async () => {
  const { client, routes, status } = await started([
    { clientSelectors: selected, ...perHour(2) },
    { limit: { requests: 5, unit: 'Minute' } },
  ]);
  const chain = 'default/policy@2/3600s+v1,5/60s+t1';
  const slot = slotOfChain(client, chain);
  expect(slot).toContain('"entries":[{"key":"2/3600s+v1"},{"key":"value"}]');
  expect(slot).toContain('"tokenBucket":{"maxTokens":2,"tokensPerFill":2,"fillInterval":"3600s"}');
  expect(slot).toContain('"entries":[{"key":"5/60s+t1"},{"key":"met","value":"met"}]');
  expect(slot).toContain('"tokenBucket":{"maxTokens":5,"tokensPerFill":5,"fillInterval":"60s"}');
  expect(routes()).toContain(`"inlineString":"${chain}"`);
  for (const host of ['a.test', 'b.test']) {
    expect(routes()).toContain(
      `"genericKey":{"descriptorValue":"HTTPRoute/default/route/buy/${host}#0","descriptorKey":"2/3600s+v1"}`,
    );
  }
  expect(routes()).toContain('"requestHeaders":{"headerName":"x-user","descriptorKey":"value"}');
  // Requests without the header count for the other rule.
  expect(routes()).toContain('"expectMatch":false,"headers":[{"name":"x-user","presentMatch":true}]');
  expect(status()).toContain('the policy is accepted"');
});

test('an edit that keeps the limits changes no slot, and one of the limits has the new buckets there before the routes', async () => {
  const { pipeline, client } = await started([perHour(10)]);
  client.take();
  pipeline.apply(limiting([perHour(10)], { timeout: { http: { streamIdleTimeout: '5s' } } }));
  await pipeline.settle();
  expect(client.take().map((line) => line.split(' ')[0])).toEqual(['VHDS']);
  pipeline.apply(limiting([perHour(11)]));
  await pipeline.settle();
  const [first, ...others] = client.take();
  expect(first).toBe(`ECDS ${slotOf('local_ratelimit', '/11/3600s')}`);
  expect(others.map((line) => line.split(' ')[0])).toEqual(['VHDS']);
  expect(slotOfChain(client, '/10/3600s')).toContain('"10/3600s"');
});

test('a route that the proxy answers itself has buckets of its own', async () => {
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'other.test' } };
  // The filter for preflights has a route of its own.
  const cors = { type: 'CORS', cors: { allowOrigins: ['*'] } };
  const { client, routes, status } = await started(
    [{ clientSelectors: selected, ...perHour(2) }],
    [redirect, cors],
    { kind: 'HTTPRoute', name: 'route' },
  );
  expect(routes()).toContain('"entries":[{"key":"rule","value":"0"},{"key":"value"}]');
  expect(routes()).not.toContain('sluice.choice');
  expect(slotOfChain(client, 'default/policy@2/3600s+v1')).not.toContain('3600s');
  expect(status()).toContain('limits count again from the start when routes of the Gateway change');
});

/** Each rule has three tests: an address, a parameter, and one that must not be there. */
const manyTests = Array.from({ length: 3 }, (_, i) => ({
  clientSelectors: [
    {
      sourceCIDR: { value: '10.0.0.0/8' },
      queryParams: [
        { name: 'q', value: String(i) },
        { name: 'r', value: 'x', invert: true },
      ],
    },
  ],
  ...perHour(2),
}));

test('rules with too many tests have their buckets in the routes, and the policy says what that means', async () => {
  const { routes, status } = await started([...manyTests, perHour(5)]);
  expect(routes()).toContain('"alwaysConsumeDefaultTokenBucket":false');
  expect(routes()).not.toContain('sluice.choice');
  expect(status()).toContain('limits count again from the start when routes of the Gateway change');
});

test.each<[string, object[], string]>([
  [
    'a unit that is no multiple of that of the bucket in a route',
    [...manyTests, { limit: { requests: 5, unit: 'Day' } }],
    'spec.rateLimit.local.rules[0].limit.unit: must be a multiple of the unit',
  ],
  [
    'an expression that is none',
    [{ clientSelectors: [{ path: { type: 'RegularExpression', value: '(' } }], ...perHour(2) }],
    'spec.rateLimit.local.rules[0].clientSelectors[0]: (',
  ],
  ['no requests', [perHour(0)], 'spec.rateLimit.local.rules[0].limit.requests'],
])('%s: the routes answer 500', async (_, rules, message) => {
  const { routes, status } = await started(rules);
  expect(routes()).toContain('"directResponse":{"status":500}');
  expect(status()).toContain(message);
});
