import { expect, test } from 'vitest';
import { importObjects } from './import-objects.ts';

const target = { namespace: 'default', name: 'web', className: 'sluice' };
const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } };

function imported(annotations: Readonly<Record<string, string>>): {
  readonly backendRefs: unknown[];
  readonly reported: string[];
} {
  const reported: string[] = [];
  const value = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'shop',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, text]) => [`nginx.ingress.kubernetes.io/${name}`, text]),
      ),
    },
    spec: { rules: [{ host: 'shop.test', http: { paths: [path] } }] },
  };
  const report = (place: readonly (string | number)[]) => void reported.push(place.join('/'));
  const made = importObjects([{ value, report }], target);
  const route = made.find(({ kind }) => kind === 'HTTPRoute')?.spec as {
    readonly rules: readonly { readonly backendRefs?: unknown }[];
  };
  return { backendRefs: route.rules.map(({ backendRefs }) => backendRefs), reported };
}

test.each([
  ['auth-type', 'basic'],
  ['auth-tls-secret', 'default/ca'],
  ['auth-url', 'https://login.example.com/'],
  ['auth-url', 'http://login.other.svc/'],
  ['auth-url', 'http://login.default.svc/?a=$host'],
  ['auth-snippet', 'deny all;'],
  ['satisfy', 'any'],
  ['limit-rps', '1'],
  ['whitelist-source-range', 'inside'],
  ['allowlist-source-range', '10.0.0.0/8, inside'],
  ['denylist-source-range', '10.0.0.0/8/8x, a'],
  ['enable-modsecurity', 'true'],
  ['server-snippet', 'deny all;'],
  ['permanent-redirect', 'https://example.com'],
  ['ssl-passthrough', 'true'],
])('an Ingress whose %s: %s is not carried over is closed', (name, value) => {
  const { backendRefs, reported } = imported({ [name]: value });
  expect(backendRefs).toEqual([undefined]);
  expect(reported).toEqual([`metadata/annotations/nginx.ingress.kubernetes.io/${name}`]);
});

test.each([
  ['proxy-buffering', 'on'],
  ['proxy-body-size', 'large'],
  ['proxy-read-timeout', 'long'],
])('an Ingress whose %s: %s is not carried over keeps its backend', (name, value) => {
  const { backendRefs, reported } = imported({ [name]: value });
  expect(backendRefs).toEqual([[{ name: 'shop', port: 80 }]]);
  expect(reported).toHaveLength(1);
});

test('an object of another kind, and a field of a wrong type, are reported', () => {
  const reported: string[] = [];
  const report = (place: readonly (string | number)[]) => void reported.push(place.join('/'));
  const wrong = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 1 }, spec: {} };
  importObjects(
    [wrong, { kind: 'Deployment' }, undefined].map((value) => ({ value, report })),
    target,
  );
  expect(reported).toEqual(['metadata/name', 'kind', 'kind']);
});
