import { expect, test } from 'vitest';
import { clusterName, endpointsName, parseClusterName, parseEndpointsName } from './cluster-name.ts';
import type { EndpointOptions } from './endpoint-options.ts';

const of = { namespace: 'team', service: 'app', port: 80, routingType: 'Endpoint' } as const;
const zones = [
  { zone: 'eu-west-1a', weight: 2 },
  { zone: 'x.y_z', weight: 0 },
];

test.each<[string, EndpointOptions | undefined]>([
  ['team/app/80', undefined],
  ['team/app/80/@check=9090', { checkPort: 9090 }],
  ['team/app/80/@zones=eu-west-1a=2,x.y_z=0', { zones }],
  ['team/app/80/@check=9090/@zones=eu-west-1a=2,x.y_z=0', { checkPort: 9090, zones }],
])('%s says all that there is to endpoints', (name, options) => {
  expect(endpointsName({ ...of, options })).toBe(name);
  expect(parseEndpointsName(name)).toEqual(options === undefined ? of : { ...of, options });
});

test('a cluster says whose settings a server has', () => {
  const name = 'team/app/80/http2/tls/@settings/EnvoyExtensionPolicy/team/policy/extProc/1';
  const identity = parseClusterName(name);
  expect(identity).toMatchObject({
    service: 'app',
    tls: { client: undefined },
    settings: { kind: 'EnvoyExtensionPolicy', namespace: 'team', name: 'policy', part: 'extProc/1' },
  });
  expect(clusterName(identity)).toBe(name);
});
