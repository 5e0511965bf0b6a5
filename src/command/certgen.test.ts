import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { splitPem } from '../certs/split-pem.ts';
import { certgen } from './certgen.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
let folder: string;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'sluice-certgen-')), 'certs');
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

async function run(atDay: number, gateways = ['prod/web']) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await certgen(
    {
      folder,
      dnsNames: ['xds.example.com'],
      gateways: gateways.map((gateway) => {
        const [namespace = '', name = ''] = gateway.split('/');
        return { namespace, name };
      }),
    },
    { out: (lines) => out.push(...lines.trimEnd().split('\n')), err: (line) => err.push(line) },
    start + atDay * day,
  );
  return { code, out, err };
}

function text(...path: string[]): string {
  return readFileSync(join(folder, ...path), 'utf8');
}

function everything(): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name} ${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`)
    .join('\n');
}

test('the first run makes everything, for its owner’s eyes only, and the next one changes nothing', async () => {
  expect(await run(0)).toEqual({
    code: 0,
    err: [],
    out: [
      'ca.crt: made, good until 2028-01-01',
      'tls.crt: made, good until 2026-04-01',
      'prod/web: made, good until 2026-04-01',
    ],
  });
  expect(new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }))).toEqual(
    new Set([
      'ca.crt',
      'ca.key',
      'drain.key',
      'prod',
      'prod/web',
      'prod/web/ca.crt',
      'prod/web/tls.crt',
      'prod/web/tls.key',
      'prod/web/token',
      'tls.crt',
      'tls.key',
    ]),
  );
  for (const name of ['ca.key', 'tls.key', 'prod/web/tls.key', 'prod/web/token', 'tls.crt']) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
  expect(new X509Certificate(text('tls.crt')).subjectAltName).toBe('DNS:sluice, DNS:xds.example.com');
  const client = new X509Certificate(text('prod', 'web', 'tls.crt'));
  expect(client.subjectAltName).toBe('URI:spiffe://sluice.dev/ns/prod/gateway/web');
  expect(client.verify(new X509Certificate(text('ca.crt')).publicKey)).toBe(true);
  const before = everything();
  expect((await run(1)).out).toEqual([
    'ca.crt: kept, good until 2028-01-01',
    'tls.crt: kept, good until 2026-04-01',
    'prod/web: kept, good until 2026-04-01',
  ]);
  expect(everything()).toBe(before);
});

test('run daily, it renews leaves in time, and changes the CA by way of an overlap', async () => {
  const said: string[] = [];
  // Steps of twenty days up to the interesting time.
  for (let at = 0; at <= 560; at += at < 540 ? 20 : 1) {
    const { out } = await run(at);
    said.push(...out.filter((line) => !/kept, good until [\d-]+$/.test(line)).map((line) => `${at} ${line}`));
  }
  expect(said.slice(0, 5).map((line) => line.replace(/, .*/, ''))).toEqual([
    '0 ca.crt: made',
    '0 tls.crt: made',
    '0 prod/web: made',
    '60 tls.crt: made',
    '60 prod/web: made',
  ]);
  expect(said.slice(-8)).toEqual([
    '540 tls.crt: made, good until 2027-09-23',
    '540 prod/web: made, good until 2027-09-23',
    '551 ca.crt: kept, good until 2028-01-01; the next CA is made, and signs when it has been trusted for a day',
    '551 prod/web: kept, good until 2027-09-23; ca.crt is new',
    '552 ca.crt: kept, good until 2028-01-01; the next CA is kept, and signs when it has been trusted for a day',
    '553 ca.crt: changed, good until 2029-07-05',
    '553 tls.crt: made, good until 2027-10-06',
    '553 prod/web: kept, good until 2027-09-23; ca.crt is new',
  ]);
  expect(splitPem(text('prod', 'web', 'ca.crt'))).toHaveLength(2);
  expect(existsSync(join(folder, 'next-ca.key'))).toBe(false);
});

test('a Gateway that is named later gets its certificate of the same CA', async () => {
  await run(0);
  const ca = text('ca.crt');
  expect((await run(1, ['prod/web', 'prod/api'])).out).toContain('prod/api: made, good until 2026-04-02');
  expect(text('prod', 'api', 'ca.crt')).toBe(ca);
});

test('a proxy’s certificate that is another one’s, or whose key is lost, is made anew', async () => {
  await run(0, ['prod/web', 'prod/api']);
  for (const name of ['tls.crt', 'tls.key'])
    writeFileSync(join(folder, 'prod', 'api', name), text('prod', 'web', name));
  rmSync(join(folder, 'prod', 'web', 'tls.key'));
  expect((await run(0, ['prod/web', 'prod/api'])).out.slice(2)).toEqual([
    'prod/web: made, good until 2026-04-01',
    'prod/api: made, good until 2026-04-01',
  ]);
});

test.each([
  ['ca.key', undefined, 'ca.key is missing'],
  ['ca.crt', undefined, 'ca.crt is missing'],
  ['ca.crt', 'hello', 'ca.crt is not made of PEM certificates'],
  ['ca.key', 'hello', 'ca.key is not the ECDSA P-256 key of a certificate in ca.crt'],
])('with %s as %s nothing is changed, and one line says why', async (name, content, reason) => {
  await run(0);
  if (content === undefined) rmSync(join(folder, name));
  else writeFileSync(join(folder, name), content);
  const before = everything();
  expect(await run(100)).toEqual({
    code: 2,
    out: [],
    err: [`sluice: certgen: ${folder}: ${reason}; nothing was changed`],
  });
  expect(everything()).toBe(before);
});

test('a run that was cut off between two files is finished by the next one', async () => {
  for (let at = 0; at <= 551; at += 50) await run(at);
  await run(551);
  const [bundle, next] = [text('ca.crt'), text('next-ca.key')];
  await run(553);
  // The new key is in place, the CAs still in the old order.
  writeFileSync(join(folder, 'ca.crt'), bundle);
  writeFileSync(join(folder, 'next-ca.key'), next);
  expect((await run(553)).code).toBe(0);
  expect(splitPem(text('ca.crt'))[0]).toBe(splitPem(bundle)[1]);
});

test('a folder that cannot be had is one line, and exit code 1', async () => {
  writeFileSync(folder, '');
  expect(await run(0)).toEqual({ code: 1, out: [], err: [`sluice: certgen: ${folder}: ENOTDIR`] });
});
