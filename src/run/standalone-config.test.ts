import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { standaloneConfig } from './standalone-config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function loaded(text?: string) {
  const config = text === undefined ? undefined : join(folder, 'sluice.yaml');
  if (config !== undefined) writeFileSync(config, text ?? '');
  return standaloneConfig({ directory: folder, xdsPort: 7, adminPort: 8, sessionKeyFile: '/key', config });
}

test('a file sets what is not of standalone itself', () => {
  const file = `provider: { type: kubernetes }
xds: { port: 9, address: 0.0.0.0, holdMs: 100 }
translate: { lua: true }
log: { level: debug }
`;
  expect(loaded(file)).toMatchObject({
    kind: 'ok',
    config: {
      provider: { type: 'file', file: { directory: folder } },
      xds: { port: 7, address: '127.0.0.1', tls: 'off', holdMs: 100 },
      admin: { port: 8 },
      translate: { lua: true, allowLoopbackEndpoints: true, backends: { hostnames: true } },
      log: { level: 'debug', format: 'text' },
    },
  });
});

test.each([undefined, '', '{}'])('a file that says nothing is as none: %j', (text) => {
  expect(loaded(text)).toEqual(loaded());
});

test.each([
  ['- a\n', /sluice.yaml:1: /],
  ['log: {}\nxds: { prt: 1 }\n', /sluice.yaml:2: xds.prt: is no option; did you mean port\?$/],
  ['log: {}\nxds: text\n', /sluice.yaml:2: xds: must be a section/],
  ['translate: 7\n', /sluice.yaml:1: translate: must be a section/],
])('a bad file is one line: %j', (text, line) => {
  expect(loaded(text)).toEqual({ kind: 'error', line: expect.stringMatching(line) as unknown });
});
