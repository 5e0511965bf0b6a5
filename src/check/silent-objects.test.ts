import { expect, test } from 'vitest';
import { followedKinds } from '../kinds/followed-kinds.ts';
import { parseObject } from '../kinds/door.ts';
import type { Row } from '../kinds/row.ts';
import { SilentObjects } from './silent-objects.ts';

const controllerName = 'sluice.dev/gateway-controller';

function row(kind: string, name: string, rest: object, namespace = 'default'): Row {
  const def = followedKinds.find((each) => each.kind === kind);
  const { group = '', versions = [''] } = def ?? {};
  const apiVersion = group === '' ? versions[0] : `${group}/${versions[0]}`;
  const parsed = parseObject({ apiVersion, kind, metadata: { name, namespace }, ...rest });
  if (parsed.kind !== 'row') throw new Error(`${kind} is no object`);
  return parsed.row;
}

const sluiceClass = row('GatewayClass', 'sluice', { spec: { controllerName } });
const gateway = (name: string, namespace?: string) =>
  row('Gateway', name, { spec: { gatewayClassName: 'sluice', listeners: [] } }, namespace);

/** Findings of all objects, as `object path: message`. */
function found(...rows: readonly Row[]): string[] {
  const objects = new SilentObjects(controllerName);
  objects.apply(rows.map((each) => ({ kind: 'put', row: each })));
  return objects.findings().map(({ object, path, message }) => `${object} ${path}: ${message}`);
}

const routes = followedKinds.filter(({ role }) => role === 'route').map(({ kind }) => kind);
const policies = followedKinds.filter(({ role }) => role === 'policy').map(({ kind }) => kind);

test.each(routes)('a %s whose parent does not exist is named, until the parent comes', (kind) => {
  const route = row(kind, 'a', { spec: { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [] }] } });
  const objects = new SilentObjects(controllerName);
  objects.apply([sluiceClass, route].map((each) => ({ kind: 'put', row: each })));
  const [finding] = objects.findings();
  expect(finding).toMatchObject({ object: `${kind}/default/a`, path: 'spec.parentRefs[0].name' });
  objects.apply([{ kind: 'put', row: gateway('web') }]);
  expect(objects.findings()).toEqual([]);
  objects.apply([{ kind: 'delete', key: gateway('web').key }]);
  expect(objects.findings()).toEqual([finding]);
});

test.each(routes)('a %s without parents, or with one that Sluice does not serve, is named', (kind) => {
  const of = (parentRefs: object[]) => row(kind, 'a', { spec: { parentRefs, rules: [{ backendRefs: [] }] } });
  expect(found(of([]))).toEqual([expect.stringContaining('no request reaches this route')]);
  const mesh = { group: '', kind: 'Service', name: 'a' };
  expect(found(of([mesh]))).toEqual([expect.stringContaining('spec.parentRefs[0].kind: Service of core')]);
});

test.each(routes)('a %s whose Service has no endpoints is named, until one is ready', (kind) => {
  const spec = { parentRefs: [{ name: 'web' }], rules: [{ backendRefs: [{ name: 'b', port: 80 }] }] };
  const slice = (conditions: object) =>
    row('EndpointSlice', 'b-1', {
      metadata: { name: 'b-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'b' } },
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [{ addresses: ['10.0.0.1'], conditions }],
    });
  const rest = [sluiceClass, gateway('web'), row(kind, 'a', { spec }), row('Service', 'b', { spec: {} })];
  const without = `${kind}/default/a spec.rules[0].backendRefs[0].name: Service default/b has no`;
  expect(found(...rest)).toEqual([expect.stringContaining(`${without} EndpointSlice`)]);
  expect(found(...rest, slice({ ready: false, serving: false }))).toEqual([
    expect.stringContaining(`${without} endpoint that is ready`),
  ]);
  expect(found(...rest, slice({ ready: true }))).toEqual([]);
});

test.each(policies)('a %s whose target does not exist is named with the nearest, until it comes', (kind) => {
  const target = kind === 'BackendTLSPolicy' ? 'Service' : 'HTTPRoute';
  const group = target === 'Service' ? '' : 'gateway.networking.k8s.io';
  const policy = row(kind, 'a', { spec: { targetRefs: [{ group, kind: target, name: 'shopp' }] } });
  const other =
    target === 'Service'
      ? row('Service', 'shop', { spec: {} })
      : row('HTTPRoute', 'shop', { spec: { parentRefs: [{ name: 'web' }], rules: [] } });
  const rest = [sluiceClass, gateway('web'), other, policy];
  expect(found(...rest)).toEqual([
    expect.stringMatching(/^\S+ spec.targetRefs\[0\].name: .*did you mean shop\?$/),
  ]);
  const spec = target === 'Service' ? {} : { parentRefs: [{ name: 'web' }], rules: [] };
  expect(found(...rest, row(target, 'shopp', { spec }))).toEqual([]);
});

test('a Gateway of the same name in another namespace is suggested', () => {
  const route = row('HTTPRoute', 'a', { spec: { parentRefs: [{ name: 'web' }], rules: [] } });
  expect(found(sluiceClass, gateway('web', 'infra'), route)).toEqual([
    expect.stringMatching(/is namespace: infra missing\?$/),
  ]);
});

test('a class that does not exist is named at its Gateway, one of another controller at the class', () => {
  expect(found(gateway('web'))).toEqual([
    expect.stringContaining(`add one with controllerName: ${controllerName}`),
  ]);
  const other = row('GatewayClass', 'sluice', { spec: { controllerName: 'example.com/a' } });
  expect(found(gateway('web'), other)).toEqual([
    expect.stringContaining('GatewayClass//sluice spec.controllerName'),
  ]);
});
