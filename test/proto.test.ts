import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { clone, fromBinary } from '@bufbuild/protobuf';
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { DeltaDiscoveryRequest } from '../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { findEnvoy } from '../src/local/envoy-binary.ts';
import { must } from '../src/lib/assert.ts';
import { binaryDescriptors } from './proto/binary-descriptors.ts';
import { declarations, differences } from './proto/compare.ts';

const root = join(import.meta.dirname, '..');
const generated = fromBinary(
  FileDescriptorSetSchema,
  readFileSync(join(root, 'proto/gen/descriptors.binpb')),
);
/** The first run on a machine may have to fetch Envoy. */
const downloadMs = 600_000;
let envoy: FileDescriptorProto[] = [];

beforeAll(async () => {
  const found = await findEnvoy({
    cacheDir: join(root, '.cache'),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  if (found.kind === 'missing') throw new Error(found.line);
  envoy = [...binaryDescriptors(readFileSync(found.path)).values()];
}, downloadMs);

test('every message, field and enum value that we declare is in the Envoy binary, exactly so', () => {
  expect(declarations(generated.file).messages.size).toBeGreaterThan(80);
  expect(differences(generated.file, envoy)).toEqual([]);
});

const weight = 'envoy.config.endpoint.v3.LbEndpoint.load_balancing_weight';

test.each<[string, string, (field: FieldDescriptorProto) => void, string]>([
  ['number', weight, (field) => (field.number = 9), 'number is 9, in Envoy 4'],
  ['name', weight, (field) => (field.name = 'weight'), 'Envoy has no such field'],
  [
    'message type',
    weight,
    (field) => (field.typeName = '.google.protobuf.UInt64Value'),
    'type is .google.protobuf.UInt64Value, in Envoy .google.protobuf.UInt32Value',
  ],
  [
    'scalar type',
    'envoy.config.core.v3.SocketAddress.port_value',
    (field) => (field.type = FieldDescriptorProto_Type.SINT32),
    'type is sint32, in Envoy uint32',
  ],
  [
    'label',
    'envoy.config.core.v3.SocketAddress.address',
    (field) => (field.label = FieldDescriptorProto_Label.REPEATED),
    'label is repeated, in Envoy optional',
  ],
  [
    'oneof',
    'envoy.config.core.v3.SocketAddress.address',
    (field) => (field.oneofIndex = 0),
    'oneof is port_specifier, in Envoy none',
  ],
])('a changed %s of a field is reported with the field', (_what, path, change, report) => {
  const changed = clone(FileDescriptorSetSchema, generated);
  const field = findField(changed, path);
  change(field);
  const message = path.slice(0, path.lastIndexOf('.'));
  expect(differences(changed.file, envoy)).toEqual([`${message}.${field.name}: ${report}`]);
});

test('a changed enum value is reported with the value', () => {
  const changed = clone(FileDescriptorSetSchema, generated);
  const health = must(declarations(changed.file).enums.get('envoy.config.core.v3.HealthStatus'), 'enum');
  must(health.value[1], 'value').number = 7;
  must(health.value[2], 'value').name = 'ILL';
  expect(differences(changed.file, envoy)).toEqual([
    'envoy.config.core.v3.HealthStatus.HEALTHY: number is 7, in Envoy 1',
    'envoy.config.core.v3.HealthStatus.ILL: Envoy has no such value',
  ]);
});

test('a message and an enum that Envoy does not have are reported', () => {
  const changed = clone(FileDescriptorSetSchema, generated);
  const file = must(
    changed.file.find((candidate) => candidate.name === 'envoy/config/core/v3/config_source.proto'),
    'file',
  );
  must(file.messageType[1], 'message').name = 'Absent';
  must(file.enumType[0], 'enum').name = 'Missing';
  expect(differences(changed.file, envoy)).toEqual([
    'envoy.config.core.v3.Absent: Envoy has no such message',
    'envoy.config.core.v3.Missing: Envoy has no such enum',
  ]);
});

test('a resource named __proto__ keeps its version across the wire', () => {
  const initialResourceVersions = new Map([
    ['__proto__', 'v1'],
    ['constructor', 'v2'],
  ]);
  const bytes = DeltaDiscoveryRequest.encode({ initialResourceVersions }).finish();
  expect(DeltaDiscoveryRequest.decode(bytes).initialResourceVersions).toEqual(initialResourceVersions);
});

function findField(set: FileDescriptorSet, path: string): FieldDescriptorProto {
  const dot = path.lastIndexOf('.');
  const message = declarations(set.file).messages.get(path.slice(0, dot));
  return must(
    message?.field.find((field) => field.name === path.slice(dot + 1)),
    path,
  );
}
