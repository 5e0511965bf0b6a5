import { expect, test } from 'vitest';
import { differences, unreadEffect } from '../../docs/envoy-gateway-differences.ts';
import { envoyGatewayFieldsPage } from '../../docs/envoy-gateway-fields.ts';
import {
  everythingElse,
  isWithin,
  listedFields,
  listedRelease,
  readPaths,
  reasonsOf,
  verdictOf,
} from '../../docs/envoy-gateway-verdicts.ts';
import { leftOut } from '../../docs/left-out.ts';
import { followedKinds } from '../../src/kinds/followed-kinds.ts';
import { envoyGatewayRelease } from '../rig/kube/envoy-gateway-crds.ts';

const followed = followedKinds.filter(({ group }) => group === 'gateway.envoyproxy.io');
const kinds = new Set(listedFields.map(({ kind }) => kind));

test('docs/envoy-gateway-fields.md is of the schemas and the list: node docs/envoy-gateway-fields.ts', () => {
  const { written, wanted } = envoyGatewayFieldsPage();
  expect(written).toBe(wanted);
});

test('the list is of the release whose CRDs the cluster tests install', () => {
  expect(listedRelease).toBe(envoyGatewayRelease);
  expect(listedFields.length).toBeGreaterThan(1000);
});

test('every kind of that group that is followed is in the list', () => {
  expect(followed.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))).toEqual([]);
});

test('reasons and differences are of fields that exist', () => {
  const named = [
    ...Object.entries(differences).map(([kind, entries]) => [kind, entries.map(([field]) => field)] as const),
    ...followed.map(({ kind }) => [kind, reasonsOf(kind).map(([field]) => field)] as const),
    ...Object.keys(unreadEffect).map((kind) => [kind, [] as string[]] as const),
  ];
  const missing = named.flatMap(([kind, fields]) =>
    kinds.has(kind)
      ? fields.filter((field) => !isListed(kind, `spec.${field}`)).map((field) => `${kind} ${field}`)
      : [kind],
  );
  expect(missing).toEqual([]);
});

/** Fields that are read beyond those of Envoy Gateway. */
const additional = new Set(['EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.initContainers[]']);

test('no schema of a supported kind reads a field that Envoy Gateway does not have', () => {
  const supported = followed.filter(
    ({ kind }) => !(leftOut[kind] ?? []).some(([of]) => of === everythingElse),
  );
  const unknown = supported.flatMap((def) => {
    const own = readPaths(def).filter((path) => path.startsWith('spec.') && !isListed(def.kind, path));
    return own.map((path) => `${def.kind} ${path}`);
  });
  expect(new Set(unknown)).toEqual(additional);
});

function isListed(kind: string, path: string): boolean {
  return listedFields.some((field) => {
    const listed = field.path.replaceAll('{}', '');
    return field.kind === kind && (isWithin(listed, path) || isWithin(path, listed));
  });
}

test.each([
  [
    'a field of a schema is the same',
    'BackendTrafficPolicy',
    'spec.timeout.tcp.connectTimeout',
    'string',
    [],
    'same',
  ],
  [
    'one that no schema reads is not there yet',
    'BackendTrafficPolicy',
    'spec.fromTheFuture',
    'string',
    [],
    'not yet',
  ],
  [
    'a new value is',
    'BackendTrafficPolicy',
    'spec.proxyProtocol.version',
    'string',
    ['V1', 'V3'],
    'different',
  ],
  [
    'a value that translation names is',
    'BackendTrafficPolicy',
    'spec.compressor[].type',
    'string',
    ['Gzip', 'Lzma'],
    'different',
  ],
  ['a kind that is not followed is not there yet', 'FutureKind', 'spec.a', 'string', [], 'not yet'],
] as const)('%s', (_, kind, path, type, values, is) => {
  expect(verdictOf({ kind, path, type, values }).is).toBe(is);
});
