import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, toJson, type JsonObject } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Canonical, by another library than the one that encoded it. */
export function xdsJson(typeUrl: string, bytes: Uint8Array): JsonObject {
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const schema = registry.getMessage(type);
  if (schema === undefined) throw new Error(`no message type ${type}`);
  return toJson(schema, fromBinary(schema, bytes), { registry }) as JsonObject;
}

const descriptors = readFileSync(new URL('../../../proto/gen/descriptors.binpb', import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
