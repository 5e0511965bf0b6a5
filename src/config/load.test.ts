import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configFrom, loadConfig, parseConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const provider = 'provider: { type: file, file: { directory: manifests } }';

test.each([
  ['', 'sluice.yaml:1: provider: is required'],
  ['provider: {type: files}', 'sluice.yaml:1: provider.type: must be file or kubernetes (got "files")'],
  ['provider: {type: file}', 'sluice.yaml:1: provider.file: is required'],
  ['provider:\n  type: file\n  file: {}', 'sluice.yaml:3: provider.file.directory: is required'],
  [
    'provider:\n  type: file\n  file:\n    directory: ""',
    'sluice.yaml:4: provider.file.directory: must not be empty',
  ],
  [
    `${provider}\nendpoints:\n  # how long\n  windowMs: -1`,
    'sluice.yaml:4: endpoints.windowMs: must be >= 0 (got -1)',
  ],
  [
    `${provider}\nendpoints: {windowMs: soon}`,
    'sluice.yaml:2: endpoints.windowMs: must be a number (got "soon")',
  ],
  [`${provider}\nconfig: {workers: 1.5}`, 'sluice.yaml:2: config.workers: must be an integer (got 1.5)'],
  [`${provider}\nconfig: {workers: 1000}`, 'sluice.yaml:2: config.workers: must be <= 128 (got 1000)'],
  [
    `${provider}\nconfig: {windowMs: 60}`,
    'sluice.yaml:2: config.maxWindowMs: must be >= config.windowMs, which is 60 (got 50)',
  ],
  [
    `${provider}\nendpoints:\n  windowsMs: 1`,
    'sluice.yaml:3: endpoints.windowsMs: is no option; did you mean windowMs?',
  ],
  [`${provider}\nlogs: {level: info}`, 'sluice.yaml:2: logs: is no option; did you mean log?'],
  [`${provider}\nholdMs: 5`, 'sluice.yaml:2: holdMs: is no option; did you mean xds.holdMs?'],
  [`${provider}\n__proto__: {a: 1}`, 'sluice.yaml:2: __proto__: is no option'],
  [`${provider}\nconstructor: 1`, 'sluice.yaml:2: constructor: is no option'],
  [
    `${provider}\nxds: {__proto__: {port: 1}, port: 1, prot: 2}`,
    'sluice.yaml:2: xds.__proto__: is no option (and 1 more)',
  ],
  [
    `${provider}\nlog: {level: loud}`,
    'sluice.yaml:2: log.level: must be trace or debug or info or warn or error or silent (got "loud")',
  ],
  [`${provider}\nlog: verbose`, 'sluice.yaml:2: log: must be a section (got "verbose")'],
  [`${provider}\nxds: {tls: on}`, 'sluice.yaml:2: xds.tls: must be off or a section (got "on")'],
  [
    `${provider}\nxds:\n  tls:\n    certFile: a\n    keyFile: b`,
    'sluice.yaml:3: xds.tls.caFile: is required',
  ],
  [
    `${provider}\nxds:\n  address: 0.0.0.0\n  tls: off`,
    'sluice.yaml:4: xds.tls: off is accepted on a loopback address alone, and xds.address is 0.0.0.0: name certFile, keyFile and caFile',
  ],
  [
    `${provider}\nxds:\n  address: 0.0.0.0`,
    'sluice.yaml:2: xds.tls: off is accepted on a loopback address alone, and xds.address is 0.0.0.0: name certFile, keyFile and caFile',
  ],
  [`${provider}\nadmin: {port: 18000}`, 'sluice.yaml:2: admin.port: must differ from xds.port (got 18000)'],
  [
    `${provider}\ncontrollerName: sluice`,
    'sluice.yaml:2: controllerName: must be a domain and a path, such as sluice.dev/gateway-controller (got "sluice")',
  ],
  [
    `${provider}\nxds: {port: 70000}\nadmin: {port: -1}`,
    'sluice.yaml:2: xds.port: must be <= 65535 (got 70000) (and 1 more)',
  ],
  [
    'provider: {type: kubernetes}',
    'sluice.yaml:1: provider.kubernetes.infrastructure.enabled: needs xds.tls.secret, from which proxies get their certificates: name one, or set this to false',
  ],
  [
    'provider:\n  type: kubernetes\n  kubernetes:\n    leaderElection: {leaseMs: 14000}\nxds: {tls: {secret: tls}}',
    'sluice.yaml:4: provider.kubernetes.leaderElection.renewMs: must be at most a third of provider.kubernetes.leaderElection.leaseMs, which is 14000 (got 5000)',
  ],
  ['- a\n- b', 'sluice.yaml:1: must be a section (got ["a","b"])'],
  ['42', 'sluice.yaml:1: must be a section (got 42)'],
  ['a: 1\na: 2', 'sluice.yaml:2: Map keys must be unique'],
  [
    'a: [1',
    'sluice.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a: *gone', 'sluice.yaml:1: Unresolved alias (the anchor must be set before the alias): gone'],
])('%j is one clear line', (text, line) => {
  expect(parseConfig(text, 'sluice.yaml')).toEqual({ kind: 'error', line });
});

test('a kubeconfig is found from the config file on, and none is the pod itself', () => {
  const named =
    'provider: {type: kubernetes, kubernetes: {kubeconfig: ../kube/config}}\nxds: {tls: {secret: tls}}';
  expect(parseConfig(named, '/etc/sluice/sluice.yaml')).toMatchObject({
    config: { provider: { kubernetes: { kubeconfig: '/etc/kube/config', context: '' } } },
  });
  expect(parseConfig('provider: {type: kubernetes}\nxds: {tls: {secret: tls}}', 'sluice.yaml')).toMatchObject(
    {
      config: { provider: { kubernetes: { kubeconfig: '' } } },
    },
  );
});

test('a file that is not there is one clear line', () => {
  const file = join(folder, 'gone.yaml');
  expect(loadConfig(file)).toEqual({ kind: 'error', line: `${file}: cannot be read (ENOENT)` });
});

test('aliases that would expand to billions of nodes are refused', () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
  const loaded = parseConfig(['l0: &l0 [x]', ...levels].join('\n'), 'sluice.yaml');
  expect(loaded).toEqual({ kind: 'error', line: expect.stringContaining('alias') });
});

test.each([
  ['keys of keys', '? '.repeat(500), /a key must be text/],
  ['brackets without end', '['.repeat(400_000), /is nested too deeply/],
  ['lists without end', '- '.repeat(400_000), /.+/],
  [
    'thousands of options that are none',
    Array.from({ length: 5000 }, (_, i) => `a${i}: 1`).join('\n'),
    /5000 more/,
  ],
])('%s are one clear line, soon', (_what, text, line) => {
  expect(parseConfig(text, 'sluice.yaml')).toEqual({ kind: 'error', line: expect.stringMatching(line) });
});

test('an empty section is an absent one', () => {
  const loaded = parseConfig(`${provider}\nxds:\n#  port: 1\nlog: {level: }`, 'sluice.yaml');
  expect(loaded).toMatchObject({ kind: 'ok', config: { xds: { port: 18_000 }, log: { level: 'info' } } });
});

test('defaults are those of the reference page, and relative paths start at the config file', () => {
  const file = join(folder, 'sluice.yaml');
  for (const name of ['c.pem', 'k.pem', 'ca.pem']) writeFileSync(join(folder, name), '');
  writeFileSync(
    file,
    `${provider}\nxds: {address: 0.0.0.0, tls: {certFile: c.pem, keyFile: k.pem, caFile: ca.pem}}`,
  );
  expect(loadConfig(file)).toMatchObject({
    kind: 'ok',
    config: {
      provider: { type: 'file', file: { directory: join(folder, 'manifests'), scanIntervalMs: 1000 } },
      controllerName: 'sluice.dev/gateway-controller',
      endpoints: { windowMs: 1, maxWindowMs: 10, workers: 1, batchSize: 128 },
      xds: { tls: { certFile: join(folder, 'c.pem') }, holdMs: 2000 },
      translate: { allowLoopbackEndpoints: false },
    },
  });
});

test('a certificate file that cannot be read is an error at start, not at the first proxy', () => {
  const text = `${provider}\nxds:\n  tls: {certFile: gone.pem, keyFile: gone.pem, caFile: gone.pem}`;
  expect(parseConfig(text, join(folder, 'sluice.yaml'))).toEqual({
    kind: 'error',
    line: `${folder}/sluice.yaml:3: xds.tls.certFile: ${folder}/gone.pem cannot be read (ENOENT) (and 2 more)`,
  });
});

test('a config from code is checked by the same rules', () => {
  const file = { type: 'file', file: { directory: 'x' } } as const;
  expect(configFrom({ provider: file, xds: { port: -1 } }, folder)).toEqual({
    kind: 'error',
    line: 'xds.port: must be >= 0 (got -1)',
  });
  expect(configFrom({ provider: file }, folder)).toMatchObject({
    config: { provider: { file: { directory: join(folder, 'x') } } },
  });
});
