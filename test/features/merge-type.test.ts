import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const env = (name: string, value: string) => ({ name, value });
const kubernetes = (container: object, rest: object = {}) => ({
  type: 'Kubernetes',
  kubernetes: { envoyDeployment: { container }, ...rest },
});
const ofClass = {
  concurrency: 4,
  routingType: 'Service',
  logging: { level: { default: 'info', http: 'debug' } },
  provider: kubernetes(
    { env: [env('A', 'class'), env('B', 'class')] },
    { envoyService: { type: 'NodePort', annotations: { a: 'class' } } },
  ),
};
const ofGateway = {
  concurrency: 2,
  logging: { level: { default: 'warn' } },
  provider: kubernetes({ env: [env('B', 'gateway')] }, { envoyService: { annotations: { b: 'gateway' } } }),
};

test.each([
  ['Replace', 'Endpoint', [['default', 'warn']], [env('B', 'gateway')], 'LoadBalancer', [['b', 'gateway']]],
  [undefined, 'Endpoint', [['default', 'warn']], [env('B', 'gateway')], 'LoadBalancer', [['b', 'gateway']]],
  [
    'JSONMerge',
    'Service',
    [
      ['default', 'warn'],
      ['http', 'debug'],
    ],
    [env('B', 'gateway')],
    'NodePort',
    [
      ['a', 'class'],
      ['b', 'gateway'],
    ],
  ],
  [
    'StrategicMerge',
    'Service',
    [
      ['default', 'warn'],
      ['http', 'debug'],
    ],
    [env('A', 'class'), env('B', 'gateway')],
    'NodePort',
    [
      ['a', 'class'],
      ['b', 'gateway'],
    ],
  ],
])('mergeType %s', async (mergeType, routingType, level, variables, type, annotations) => {
  const pipeline = await started(ofClass, { ...ofGateway, mergeType });
  expect(proxy(pipeline)).toMatchObject({
    concurrency: 2,
    routingType,
    logging: { level },
    provider: {
      kubernetes: {
        envoyDeployment: { container: { env: variables } },
        envoyService: { type, annotations },
      },
    },
  });
});

test('an edit of the EnvoyProxy of the class is an edit of what is merged over it', async () => {
  const pipeline = await started(ofClass, { ...ofGateway, mergeType: 'JSONMerge' });
  pipeline.apply(m.envoyProxy({ ...ofClass, ipFamily: 'DualStack' }, { namespace: 'infra' }));
  await pipeline.settle();
  expect(proxy(pipeline)).toMatchObject({ concurrency: 2, ipFamily: 'DualStack' });
});

test('fields of both that are not supported or wrong are named', async () => {
  const own = { mergeType: 'JSONMerge', mergeGateways: true };
  const pipeline = await started({ bootstrap: { value: 'a' } }, own);
  const { message } = pipeline.gatewayConditions()['Accepted'] ?? {};
  expect(message).toContain('spec.bootstrap: is not supported yet');
  expect(message).toContain('spec.mergeGateways: is not supported yet');
  pipeline.apply(m.envoyProxy({ concurrency: -1 }, { namespace: 'infra' }));
  await pipeline.settle();
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({
    reason: 'InvalidParameters',
    message: expect.stringContaining(
      'EnvoyProxy default/proxy, merged over infra/proxy: spec.concurrency: ',
    ) as string,
  });
});

test('without an EnvoyProxy of the class there is nothing to merge', async () => {
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), gateway(), m.envoyProxy({ ...ofGateway, mergeType: 'StrategicMerge' })],
    { settings: { managedProxies: true } },
  );
  expect(proxy(pipeline)).toMatchObject({ concurrency: 2, routingType: 'Endpoint' });
});

function started(classSpec: object, ownSpec: object): Promise<Pipeline> {
  return Pipeline.started(
    [
      m.gatewayClass('sluice', { ...ref, namespace: 'infra' }),
      gateway(),
      m.envoyProxy(classSpec, { namespace: 'infra' }),
      m.envoyProxy(ownSpec),
    ],
    { settings: { managedProxies: true } },
  );
}

function gateway(): object {
  return m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } });
}

function proxy(pipeline: Pipeline): unknown {
  const wanted = pipeline.controller.infrastructure('default/web');
  return wanted?.kind === 'run' ? wanted.infrastructure.proxy : undefined;
}
