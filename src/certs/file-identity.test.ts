import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import type { Clock } from '../lib/clock.ts';
import { renew, type Certificates } from './certificates.ts';
import { certificateFiles } from './certificate-files.ts';
import { FileIdentity } from './file-identity.ts';
import { xdsTokenOf } from './tokens.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
let folder: string;
let certificates: Certificates;
let log: SilentLog;
let expiries: Map<string, number>;
let reread: (() => void | Promise<void>) | undefined;
const opened: FileIdentity[] = [];

const clock: Clock = {
  now: () => 0,
  wallMs: () => start,
  after(_, task) {
    reread = task;
    return () => (reread = undefined);
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-identity-'));
  log = new SilentLog();
  expiries = new Map();
  ({ certificates } = await renew(undefined, start, ['sluice']));
  write(certificates);
});

afterEach(() => {
  for (const identity of opened.splice(0)) identity.close();
  rmSync(folder, { recursive: true });
});

function write(from: Certificates): void {
  for (const [name, text] of certificateFiles(from)) put(name, text ?? '');
}

function put(name: string, text: string): void {
  writeFileSync(join(folder, '.new'), text);
  renameSync(join(folder, '.new'), join(folder, name));
}

async function open(tokenKeyFile = ''): Promise<FileIdentity> {
  const files = {
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    caFile: join(folder, 'ca.crt'),
    tokenKeyFile,
  };
  const identity = await FileIdentity.open(files, {
    clock,
    log,
    onExpiry: (certificate, atMs) => expiries.set(certificate, atMs),
  });
  opened.push(identity);
  return identity;
}

/** Reads the files again. */
async function look(): Promise<void> {
  const task = reread;
  reread = undefined;
  void task?.();
  await until(() => reread !== undefined);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

test('files that are renewed are a new identity, told once', async () => {
  const identity = await open();
  let changes = 0;
  identity.onChange(() => changes++);
  expect(identity.current()).toMatchObject(certificates.server);
  expect(expiries).toEqual(
    new Map([
      ['server', start + 90 * day],
      ['ca', start + 730 * day],
    ]),
  );
  await look();
  expect(changes).toBe(0);
  const later = await renew(certificates, start + 61 * day, ['sluice']);
  write(later.certificates);
  await look();
  await look();
  expect(changes).toBe(1);
  expect(identity.current()).toMatchObject(later.certificates.server);
  expect(expiries.get('server')).toBe(start + 151 * day);
});

test.each([
  ['tls.crt', 'hello', /tls\.crt is not made of PEM certificates$/],
  ['ca.crt', '', /ca\.crt is not made of PEM certificates$/],
  ['tls.key', 'hello', /tls\.key has no private key that can be read$/],
  ['tls.key', undefined, /tls\.key cannot be read \(ENOENT\)$/],
])(
  'with %s as %s there is no start, and while running the last good identity stays',
  async (name, text, words) => {
    const identity = await open();
    const good = identity.current();
    if (text === undefined) rmSync(join(folder, name));
    else put(name, text);
    await look();
    await look();
    expect(identity.current()).toBe(good);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        fields: { problem: expect.stringMatching(words) },
        message: 'the certificate of the xDS server stays as it was',
      },
    ]);
    await expect(open()).rejects.toThrow(words);
  },
);

test('tokens are those of the key file, which is followed, and without one none is asked for', async () => {
  expect((await open()).tokenOf).toBeUndefined();
  const identity = await open(join(folder, 'drain.key'));
  const web = { namespace: 'prod', gateway: 'web', uid: '' };
  expect(identity.tokenOf?.(web)).toBe(xdsTokenOf(certificates, web));
  put('drain.key', `${'another key '.repeat(3)}\n`);
  await look();
  expect(identity.tokenOf?.(web)).toBe(xdsTokenOf({ drainKey: 'another key '.repeat(3).trim() }, web));
  put('drain.key', 'short');
  await expect(open(join(folder, 'drain.key'))).rejects.toThrow(/drain\.key has less than 32 characters$/);
});

test('a certificate whose key has not come yet waits for it', async () => {
  const identity = await open();
  const { certificates: others } = await renew(undefined, start, ['sluice']);
  put('tls.crt', others.server.certificate);
  await look();
  expect(identity.current()).toMatchObject(certificates.server);
  expect(JSON.stringify(log.lines)).toMatch(/tls\.key is not the key of the certificate in/);
  put('tls.key', others.server.privateKey);
  await look();
  expect(identity.current()).toMatchObject(others.server);
});

test('after the close nothing is read', async () => {
  const identity = await open();
  identity.close();
  expect(reread).toBeUndefined();
});
