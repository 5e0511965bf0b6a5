import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  fromBinary,
  toJson,
  type FileRegistry,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { must } from '../lib/assert.ts';

type JsonObject = Record<string, JsonValue>;

/**
 * Returns canonical protobuf JSON in an Any's form, `@type` first, also in inner Anys. Private keys, passwords and other
 * texts of Secrets are "[redacted]".
 */
export function resourceJson(resource: { readonly typeUrl: string; readonly bytes: Uint8Array }): JsonObject {
  registry ??= readRegistry();
  const type = resource.typeUrl.slice(resource.typeUrl.lastIndexOf('/') + 1);
  const schema = must(registry.getMessage(type), `descriptor of ${type}`);
  const json = toJson(schema, fromBinary(schema, resource.bytes), { registry });
  return { '@type': resource.typeUrl, ...(isObject(json) ? redact(json) : {}) };
}

/** Sluice's subset of Envoy's API, written by `proto/generate.ts`; read at the first use. */
let registry: FileRegistry | undefined;

function readRegistry(): FileRegistry {
  const bytes = readFileSync(new URL('../../proto/gen/descriptors.binpb', import.meta.url));
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
}

/** Fields keep their shapes. A key set may have symmetric keys, by which tokens are made too. */
function redact(object: JsonObject): JsonObject {
  const entries = Object.entries(object).map(([name, value]): [string, JsonValue] => {
    if (secretFields.has(name) || (name === 'users' && isType(object, 'BasicAuth')))
      return [name, { inlineString: hidden }];
    if (name === 'key' && 'client' in object) return [name, hidden];
    if (name === 'contextExtensions' && isObject(value))
      return [name, Object.fromEntries(Object.keys(value).map((key) => [key, hidden]))];
    if (Array.isArray(value)) {
      return [name, value.map((item) => (isObject(item) ? redact(item) : item))];
    }
    return [name, isObject(value) ? redact(value) : value];
  });
  return Object.fromEntries(entries);
}

const hidden = '[redacted]';

/** Fields of a TlsCertificate, a GenericSecret and a JwtProvider. */
const secretFields: ReadonlySet<string> = new Set(['privateKey', 'secret', 'localJwks']);

function isType(object: JsonObject, name: string): boolean {
  const type = object['@type'];
  return typeof type === 'string' && type.endsWith(`.${name}`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
