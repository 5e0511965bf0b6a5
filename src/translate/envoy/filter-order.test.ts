import { expect, test } from 'vitest';
import { filterOrder } from '../../kinds/envoy-gateway/filter-order.ts';
import { inOrder } from './filter-order.ts';

const names = [
  'envoy.filters.http.fault',
  'envoy.filters.http.cors',
  'envoy.filters.http.ext_authz',
  'sluice.jwt_authn',
  'sluice.plugins',
  'envoy.filters.http.rbac',
  'envoy.filters.http.bandwidth_limit/request',
  'envoy.filters.http.bandwidth_limit/response',
];

test.each([
  ['nothing', [], 'fault cors ext_authz jwt_authn plugins rbac request response'],
  ['before', [before('rbac', 'cors')], 'fault rbac cors ext_authz jwt_authn plugins request response'],
  ['after', [after('fault', 'rbac')], 'cors ext_authz jwt_authn plugins rbac fault request response'],
  [
    'all filters of a name, in their order',
    [before('bandwidth_limit', 'cors')],
    'fault request response cors ext_authz jwt_authn plugins rbac',
  ],
  [
    'behind the last of a name',
    [after('cors', 'bandwidth_limit')],
    'fault ext_authz jwt_authn plugins rbac request response cors',
  ],
  ['slots', [before('wasm', 'jwt_authn')], 'fault cors ext_authz plugins jwt_authn rbac request response'],
  [
    'filters that are not there',
    [before('geoip', 'cors'), after('cors', 'geoip')],
    'fault cors ext_authz jwt_authn plugins rbac request response',
  ],
  [
    'positions of which a later one undoes an earlier one',
    [after('rbac', 'bandwidth_limit'), before('rbac', 'fault'), before('bandwidth_limit', 'rbac')],
    'request response rbac fault cors ext_authz jwt_authn plugins',
  ],
])('moves %s', (_, positions, expected) => {
  const parsed = filterOrder.parse(positions);
  const ordered = inOrder(
    names.map((name) => ({ name })),
    parsed,
  );
  expect(ordered.map(({ name }) => name.split(/[./]/).at(-1)).join(' ')).toBe(expected);
});

test.each([
  ['a filter before itself', [before('cors', 'cors')]],
  ['two before each other', [before('cors', 'fault'), after('cors', 'fault')]],
  ['a circle', [before('cors', 'fault'), before('fault', 'rbac'), before('rbac', 'cors')]],
  ['plugins apart', [before('lua', 'cors'), after('wasm', 'cors')]],
  ['no position', [{ name: 'envoy.filters.http.cors' }]],
  ['two positions', [{ ...before('cors', 'fault'), ...after('cors', 'rbac') }]],
  ['the router', [before('router', 'cors')]],
])('refuses %s', (_, positions) => {
  expect(filterOrder.safeParse(positions).success).toBe(false);
});

function before(name: string, other: string): object {
  return { name: `envoy.filters.http.${name}`, before: `envoy.filters.http.${other}` };
}

function after(name: string, other: string): object {
  return { name: `envoy.filters.http.${name}`, after: `envoy.filters.http.${other}` };
}
