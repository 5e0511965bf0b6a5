import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } }),
  m.gateway([m.httpListener({ port: 8080 })], { name: 'second' }),
];
const filter = (name: string) => `envoy.filters.http.${name}`;

test('filterOrder moves filters of its Gateway between the first and the last, and of no other', async () => {
  const pipeline = await Pipeline.started([...base, m.envoyProxy({})]);
  const client = await pipeline.connected();
  const usual = filters(client.json('LDS', 'default/web/80'));
  client.take();
  pipeline.apply(
    m.envoyProxy({
      filterOrder: [
        { name: filter('wasm'), before: filter('jwt_authn') },
        { name: filter('compressor'), before: filter('custom_response') },
        { name: filter('fault'), after: filter('credential_injector') },
      ],
    }),
  );
  await pipeline.settle();
  // Resources that the new listener names are sent again behind it.
  expect(client.take()[0]).toBe('LDS default/web/80');
  const moved = filters(client.json('LDS', 'default/web/80'));
  expect(moved.toSorted()).toEqual(usual.toSorted());
  expect(moved.slice(0, 2)).toEqual(['sluice.choice', filter('compressor')]);
  const last = ['sluice.mark', 'sluice.protection', filter('router')];
  expect(moved.slice(-5)).toEqual([filter('credential_injector'), filter('fault'), ...last]);
  expect(moved.indexOf('sluice.plugins')).toBe(moved.indexOf('sluice.jwt_authn') - 1);
  const second = await pipeline.connected({ gateway: 'default/second' });
  expect(filters(second.json('LDS', 'default/second/8080'))).toEqual(usual);
});

test('a filter order that contradicts itself is refused, and the order of plugins among themselves is named', async () => {
  const circle = [
    { name: filter('cors'), before: filter('fault') },
    { name: filter('fault'), before: filter('cors') },
  ];
  const pipeline = await Pipeline.started([...base, m.envoyProxy({ filterOrder: circle })]);
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({
    status: 'False',
    reason: 'InvalidParameters',
    message: expect.stringContaining('spec.filterOrder: contradicts itself') as string,
  });
  pipeline.apply(m.envoyProxy({ filterOrder: [{ name: filter('lua'), after: filter('wasm') }] }));
  await pipeline.settle();
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({
    status: 'True',
    message: expect.stringContaining(
      'spec.filterOrder[0]: plugins run in the order of their policy',
    ) as string,
  });
});

function filters(listener: unknown): string[] {
  const { filterChains } = listener as {
    readonly filterChains: readonly {
      readonly filters: readonly {
        readonly typedConfig: { readonly httpFilters: readonly { readonly name: string }[] };
      }[];
    }[];
  };
  return (filterChains[0]?.filters[0]?.typedConfig.httpFilters ?? []).map(({ name }) => name);
}
