import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The meaning of objects, whichever the kind; `translate/envoy` writes it in Envoy's terms. */
const meaning = [
  'attach',
  'listeners',
  'routes',
  'policies',
  'filters',
  'backends',
  'certificates',
  'gateways',
].map((folder) => `src/translate/${folder}`);
const readers = ['src/lib', 'src/kinds', 'src/units'];
const irs = [
  'ir',
  'backend-ir',
  'client-ir',
  'filter-ir',
  'limit-ir',
  'listener-ir',
  'oidc-ir',
  'security-ir',
  'telemetry-ir',
  'traffic-ir',
].map((name) => `src/translate/${name}.ts`);
const pure = [...irs, 'src/translate/reader.ts', 'src/translate/conditions.ts'];

/** Allowed imports by folder or file. Data flows down: no stage imports the one after it; `run` composes them. */
const mayImport: Record<string, readonly string[]> = {
  'src/lib': [],
  'src/flat': ['proto/gen'],
  'src/units': ['src/lib'],
  'src/kinds': ['src/lib', 'src/flat', 'src/units'],
  'src/batch': [...readers, 'proto/gen'],
  'src/file': ['src/lib', 'src/kinds'],
  'src/import': ['src/lib'],
  'src/check': ['src/lib', 'src/kinds'],
  'src/kube': ['src/lib', 'src/kinds'],
  'src/certs': ['src/lib'],
  'src/sessions': ['src/lib'],
  'src/store': ['src/lib', 'src/kinds'],
  'src/translate/ir.ts': [
    'src/kinds',
    'src/translate/filter-ir.ts',
    'src/translate/limit-ir.ts',
    'src/translate/security-ir.ts',
    'src/translate/traffic-ir.ts',
  ],
  'src/translate/security-ir.ts': ['src/kinds', 'src/translate/oidc-ir.ts'],
  'src/translate/oidc-ir.ts': ['src/kinds'],
  'src/translate/filter-ir.ts': [],
  'src/translate/limit-ir.ts': ['src/units'],
  'src/translate/traffic-ir.ts': ['src/kinds', 'src/translate/telemetry-ir.ts'],
  'src/translate/client-ir.ts': ['src/kinds'],
  'src/translate/backend-ir.ts': ['src/kinds', 'src/translate/traffic-ir.ts'],
  'src/translate/telemetry-ir.ts': [],
  'src/translate/listener-ir.ts': [
    'src/translate/client-ir.ts',
    'src/translate/ir.ts',
    'src/translate/telemetry-ir.ts',
  ],
  'src/translate/conditions.ts': ['src/kinds'],
  'src/translate/reader.ts': ['src/lib', 'src/kinds'],
  ...Object.fromEntries(meaning.map((folder) => [folder, [...readers, ...pure, ...meaning]])),
  'src/translate/envoy': ['src/lib', 'src/units', 'src/batch', ...irs, 'proto/gen'],
  'src/translate': [...readers, 'src/batch', ...pure, ...meaning, 'src/translate/envoy'],
  workers: ['src/lib', 'src/translate', 'src/remote', 'src/documents', 'src/wasm'],
  'src/pool': ['src/lib', 'src/batch'],
  // Only these two translate on the caller's own thread.
  'src/pool/inline.ts': ['src/pool', 'src/translate'],
  'src/pool/nearby.ts': ['src/lib', 'src/pool', 'src/translate'],
  'src/schedule': [...readers, 'src/store', 'src/batch', 'src/pool', 'src/observe'],
  'src/publish': [...readers, 'src/batch'],
  'src/xds': ['src/lib', 'src/units', 'src/publish', 'src/batch', 'proto/gen'],
  'src/status': ['src/lib', 'src/units', 'src/kinds', 'src/batch'],
  'src/infra': readers,
  'src/remote': ['src/lib', 'src/kinds'],
  'src/documents': ['src/lib', 'src/kinds', 'src/units', 'src/remote'],
  'src/wasm': ['src/lib', 'src/kinds', 'src/remote'],
  'src/config': ['src/lib'],
  'src/explain': ['src/lib', 'src/units'],
  'src/observe': ['src/lib', 'src/units', 'src/kinds', 'src/publish', 'src/xds'],
  'src/run': [
    ...readers,
    'src/batch',
    'src/certs',
    'src/check',
    'src/config',
    'src/documents',
    'src/explain',
    'src/file',
    'src/infra',
    'src/kube',
    'src/local',
    'src/observe',
    'src/pool',
    'src/pool/inline.ts',
    'src/pool/nearby.ts',
    'src/publish',
    'src/remote',
    'src/schedule',
    'src/sessions',
    'src/status',
    'src/wasm',
    'src/xds',
  ],
  'src/local': ['src/lib', 'src/kinds', 'src/observe'],
  'src/command': [
    'src/lib',
    'src/certs',
    'src/check',
    'src/config',
    'src/explain',
    'src/file',
    'src/import',
    'src/kube',
    'src/local',
    'src/observe',
    'src/run',
  ],
  'src/main.ts': ['src/lib', 'src/command', 'src/run'],
};

/** A single folder for each library, unless a reason stands beside it. */
const libraries: Record<string, readonly string[]> = {
  '@grpc/grpc-js': ['src/xds'],
  // The wire codec is part of generated code; `run` turns bytes into protobuf JSON for people.
  '@bufbuild/protobuf': ['src/translate/envoy', 'src/xds', 'src/run'],
  '@peculiar/x509': ['src/certs'],
  'reflect-metadata': ['src/certs'],
  // For kubeconfigs and credentials; watches go through undici.
  '@kubernetes/client-node': ['src/kube'],
  flatbuffers: ['src/batch', 'src/flat'],
  pino: ['src/observe'],
  'lru-cache': ['src/wasm'],
  piscina: ['src/pool', 'src/remote', 'workers'],
  'prom-client': ['src/observe'],
  // Explanations match requests as Envoy does, in the process of the command.
  re2js: ['src/translate/routes', 'src/explain'],
  // A support bundle is packed, and images of modules are unpacked.
  'tar-stream': ['src/wasm', 'src/command/bundle.ts'],
  undici: ['src/kube', 'src/remote'],
  // Manifests and the config file are the only YAML, and are checked the same way.
  yaml: ['src/file', 'src/config', 'src/command', 'src/kube/plain-kubeconfig.ts', 'src/lib/yaml-bounds.ts'],
  zod: ['src/kinds', 'src/config', 'src/import', 'src/kube/plain-kubeconfig.ts'],
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
      .filter(
        (name) => !(libraries[name] ?? []).some((folder) => file === folder || file.startsWith(`${folder}/`)),
      )
      .map((name) => `${file} may not import ${name}`),
  );
  expect(wrong).toEqual([]);
});

test('a suite imports the rigs and itself, and no other suite', () => {
  const suites = globSync(['test/*/**/*.ts', 'bench/**/*.ts'], { cwd: root });
  const wrong = suites.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(file), target)))
      .filter((target) => !suiteMayImport(suiteOf(file), suiteOf(target)))
      .map((target) => `${file} may not import ${target}`),
  );
  expect(suites.length).toBeGreaterThan(300);
  expect(wrong).toEqual([]);
});

test('each folder of test has a row in test/README.md', () => {
  const folders = globSync('test/*/', { cwd: root }).map((folder) => basename(folder));
  const rows = [...readFileSync(join(root, 'test/README.md'), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)];
  expect(rows.map(([, folder]) => folder)).toEqual(folders.sort());
});

test('the check sees a wrong import', () => {
  expect(suiteMayImport(suiteOf('test/soak/xds/fleet.ts'), suiteOf('test/envoy/proxy-pod.ts'))).toBe(false);
  expect(suiteMayImport(suiteOf('test/rig/load/load.ts'), suiteOf('test/soak/run.ts'))).toBe(false);
  expect(allowed('src/store', 'src/xds')).toBe(false);
  expect(allowed('src/translate/routes', 'src/translate/envoy')).toBe(false);
  expect(layerOf('src/translate/routes/http/regex.ts')).toBe('src/translate/routes');
  expect(layerOf('src/nowhere/x.ts')).toBe('src/nowhere/x.ts');
});

function allowed(from: string, to: string): boolean {
  return from === to || mayImport[from]?.includes(to) === true;
}

/** The longest entry that contains the file; a file without an entry may import nothing. */
function layerOf(file: string): string {
  const layers = [...Object.keys(mayImport), 'proto/gen'].filter(
    (layer) => file === layer || file.startsWith(`${layer}/`),
  );
  return layers.sort((a, b) => b.length - a.length)[0] ?? file;
}

/** A folder of `test`, or `bench`; undefined for other files, and for those of `test` itself. */
function suiteOf(file: string): string | undefined {
  const [top = '', folder = ''] = file.split('/');
  return top === 'bench' ? top : top === 'test' ? folder : undefined;
}

function suiteMayImport(from: string | undefined, to: string | undefined): boolean {
  return to === undefined || to === 'rig' || to === from;
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
