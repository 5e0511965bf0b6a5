import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/**
 * The straight line: which folder may import which. Data flows down this list, and no stage imports the one after it;
 * `translation.ts` joins those before xDS, `controller.ts` the two halves. A file that stands for itself is named as a file.
 */
const mayImport: Record<string, readonly string[]> = {
  'src/lib': [],
  'src/flat': ['proto/gen'],
  'src/resource': ['src/lib', 'src/flat'],
  'src/batch': ['src/lib', 'src/resource', 'proto/gen'],
  'src/file': ['src/lib', 'src/resource'],
  'src/kube': ['src/lib', 'src/resource'],
  'src/certs': ['src/lib'],
  'src/store': ['src/lib', 'src/resource'],
  'src/coalesce': ['src/lib'],
  'src/translate/ir.ts': ['src/resource'],
  'src/translate/reader.ts': ['src/lib', 'src/resource'],
  'src/translate/gatewayapi': ['src/lib', 'src/resource', 'src/translate/ir.ts', 'src/translate/reader.ts'],
  'src/translate/envoy': ['src/lib', 'src/batch', 'src/translate/ir.ts', 'proto/gen'],
  'src/translate': [
    'src/lib',
    'src/resource',
    'src/batch',
    'src/translate/ir.ts',
    'src/translate/reader.ts',
    'src/translate/gatewayapi',
    'src/translate/envoy',
  ],
  workers: ['src/lib', 'src/translate', 'src/wasm'],
  'src/pool': ['src/lib', 'src/batch'],
  // Only these two translate on the caller's own thread.
  'src/pool/inline.ts': ['src/pool', 'src/translate'],
  'src/pool/nearby.ts': ['src/pool', 'src/translate'],
  'src/xds': ['src/lib', 'src/resource', 'src/batch', 'proto/gen'],
  'src/status': ['src/lib', 'src/resource', 'src/batch'],
  'src/infra': ['src/lib', 'src/resource'],
  'src/wasm': ['src/lib', 'src/resource'],
  'src/config': ['src/lib'],
  'src/observe': ['src/lib', 'src/xds'],
  'src/translation.ts': [
    'src/lib',
    'src/resource',
    'src/store',
    'src/coalesce',
    'src/batch',
    'src/pool',
    'src/observe',
  ],
  'src/controller.ts': [
    'src/lib',
    'src/resource',
    'src/coalesce',
    'src/batch',
    'src/translation.ts',
    'src/xds',
    'src/status',
    'src/observe',
  ],
  'src/control-plane.ts': [
    'src/translation.ts',
    'src/lib',
    'src/resource',
    'src/coalesce',
    'src/config',
    'src/controller.ts',
    'src/observe',
    'src/pool',
    'src/pool/inline.ts',
    'src/pool/nearby.ts',
    'src/xds',
  ],
  'src/command': [
    'src/infra',
    'src/wasm',
    'src/lib',
    'src/certs',
    'src/resource',
    'src/file',
    'src/kube',
    'src/config',
    'src/observe',
    'src/status',
    'src/xds',
    'src/controller.ts',
    'src/control-plane.ts',
  ],
  'src/main.ts': ['src/lib', 'src/command'],
};

/** Where each outside library is imported: one folder, unless a reason stands beside it. */
const libraries: Record<string, readonly string[]> = {
  '@grpc/grpc-js': ['src/xds'],
  // The wire codec is part of generated code; `command` turns bytes into protobuf JSON for people.
  '@bufbuild/protobuf': ['src/translate/envoy', 'src/xds', 'src/command'],
  '@peculiar/x509': ['src/certs'],
  'reflect-metadata': ['src/certs'],
  // For kubeconfigs and credentials; watches go through undici.
  '@kubernetes/client-node': ['src/kube'],
  flatbuffers: ['src/batch', 'src/flat'],
  pino: ['src/observe'],
  'lru-cache': ['src/wasm'],
  piscina: ['src/pool', 'src/wasm', 'workers'],
  'prom-client': ['src/observe'],
  re2js: ['src/translate/gatewayapi'],
  'tar-stream': ['src/wasm'],
  undici: ['src/kube', 'src/wasm'],
  // Manifests and the config file are the two doors through which YAML comes, and both check it the same way.
  yaml: ['src/file', 'src/config', 'src/command'],
  zod: ['src/resource', 'src/config'],
};

const root = dirname(import.meta.dirname);
const files = globSync(['src/**/*.ts', 'workers/*.ts'], { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
);

test('every import follows the dependency table', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(file), target)))
      .filter((target) => !allowed(layerOf(file), layerOf(target)))
      .map((target) => `${file} may not import ${target}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test('every outside library is imported in its own folder alone', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
      .map(packageOf)
      .filter((name) => !(libraries[name] ?? []).some((folder) => file.startsWith(`${folder}/`)))
      .map((name) => `${file} may not import ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('the check sees a wrong import', () => {
  expect(allowed('src/store', 'src/xds')).toBe(false);
  expect(allowed('src/translate/gatewayapi', 'src/translate/envoy')).toBe(false);
  expect(layerOf('src/translate/gatewayapi/regex.ts')).toBe('src/translate/gatewayapi');
  expect(layerOf('src/nowhere/x.ts')).toBe('src/nowhere/x.ts');
});

function allowed(from: string, to: string): boolean {
  return from === to || mayImport[from]?.includes(to) === true;
}

/** The longest entry of the table that the file is in; a file in none stands for itself and may import nothing. */
function layerOf(file: string): string {
  const layers = [...Object.keys(mayImport), 'proto/gen'].filter(
    (layer) => file === layer || file.startsWith(`${layer}/`),
  );
  return layers.sort((a, b) => b.length - a.length)[0] ?? file;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [
    ...text.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
