import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundleOf, isDue, leafLifeMs, renew, type Certificates } from './certificates.ts';
import { drainTokenOf } from './tokens.ts';
import { issueLeaf } from './issue.ts';
import { splitPem } from './split-pem.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

const names = ['sluice', 'sluice.system.svc'];

/** Returns the last certificates, and a line `day: renewals` for each day with any. */
async function live(days: number, from: Certificates | undefined, first = 0) {
  const log: string[] = [];
  let certificates = from;
  for (let at = first; at <= first + days; at++) {
    const result = await renew(certificates, start + at * day, names);
    if (result.renewals.length > 0) log.push(`${at}: ${result.renewals.join(', ')}`);
    ({ certificates } = result);
  }
  return { certificates: certificates as Certificates, log };
}

test('the first renewal makes everything, the next one nothing', async () => {
  const first = await renew(undefined, start, names);
  expect(first.renewals).toEqual(['ca made', 'server renewed', 'drain key made']);
  const second = await renew(first.certificates, start + hour, names);
  expect(second).toEqual({ certificates: first.certificates, renewals: [] });
  const { certificate } = first.certificates.server;
  expect(new X509Certificate(certificate).subjectAltName).toBe('DNS:sluice, DNS:sluice.system.svc');
});

test('over three years leaves change every two months, and the CA by way of an overlap', async () => {
  const { log, certificates } = await live(3 * 365, undefined);
  expect(log.filter((line) => line.includes('ca '))).toEqual([
    '0: ca made, server renewed, drain key made',
    expect.stringMatching(/^551: next ca made/),
    expect.stringMatching(/^553: ca changed/),
    expect.stringMatching(/^730: old ca dropped/),
  ]);
  expect(log).toContain('553: ca changed, server renewed');
  const renewed = log.filter((line) => line.includes('server renewed'));
  expect(renewed.map((line) => Number.parseInt(line, 10))).toEqual([
    0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 553, 613, 673, 733, 793, 853, 913, 973, 1033, 1093,
  ]);
  expect(splitPem(bundleOf(certificates))).toHaveLength(1);
});

test('a leaf never outlives its CA', async () => {
  const { certificates } = await live(0, undefined);
  const { authority } = certificates;
  const late = start + 700 * day;
  const leaf = await issueLeaf(authority, { kind: 'client', uri: 'spiffe://x' }, late, leafLifeMs);
  expect(new X509Certificate(leaf.certificate).validToDate).toEqual(
    new X509Certificate(authority.certificate).validToDate,
  );
});

test('after three years without a process, all is made at once', async () => {
  const { certificates } = await live(0, undefined);
  const { renewals } = await renew(certificates, start + 1095 * day, names);
  expect(renewals).toEqual(['ca made', 'server renewed']);
});

test('a CA that is about to die hands over without the overlap', async () => {
  const { certificates } = await live(0, undefined);
  const nearEnd = start + 730 * day - 2 * hour;
  const pending = await renew(certificates, nearEnd, names);
  expect(pending.renewals).toEqual(['next ca made', 'server renewed']);
  const changed = await renew(pending.certificates, nearEnd + 1.5 * hour, names);
  expect(changed.renewals).toContain('ca changed');
});

test.each([
  ['ahead by years', 3 * 365 * day],
  ['ahead by two months', 61 * day],
])('a machine whose clock was %s does no lasting harm', async (_, ahead) => {
  const { certificates } = await live(0, undefined);
  const wrong = await renew(certificates, start + ahead, names);
  const { certificates: healed } = await renew(wrong.certificates, start + hour, names);
  expect(isDue(healed.server.certificate, splitPem(bundleOf(healed)), start + hour)).toBe(false);
  expect(healed.drainKey).toBe(certificates.drainKey);
});

test('a server name that is new is in the certificate after the next renewal', async () => {
  const { certificates } = await live(0, undefined);
  const result = await renew(certificates, start + day, [...names, 'xds.example.com']);
  expect(result.renewals).toEqual(['server renewed']);
  const alternatives = new X509Certificate(result.certificates.server.certificate).subjectAltName;
  expect(alternatives).toContain('DNS:xds.example.com');
});

test('a drain token is a Gateway’s own, and outlives every certificate', async () => {
  const { certificates } = await live(0, undefined);
  const { certificates: later } = await live(3, certificates, 3 * 365);
  const token = drainTokenOf(certificates, 'prod', 'web');
  expect(drainTokenOf(later, 'prod', 'web')).toBe(token);
  expect(drainTokenOf(certificates, 'prod', 'api')).not.toBe(token);
  expect(token).toMatch(/^[\w-]{43}$/);
});

interface Since<T> {
  readonly at: number;
  readonly value: T;
}

function asOf<T>(history: readonly Since<T>[], time: number): T | undefined {
  return history.findLast(({ at }) => at <= time)?.value;
}

const parsed = new Map<string, X509Certificate>();
const signed = new Map<string, boolean>();

function parse(pem: string): X509Certificate {
  const certificate = parsed.get(pem) ?? new X509Certificate(pem);
  parsed.set(pem, certificate);
  return certificate;
}

/** Checks a chain of two as a TLS library does, at the given time. */
function verifies(leaf: string, bundle: string, now: number): boolean {
  return splitPem(bundle).some((pem) => {
    const [certificate, ca] = [parse(leaf), parse(pem)];
    for (const { validFromDate, validToDate } of [certificate, ca]) {
      if (validFromDate.getTime() > now || now >= validToDate.getTime()) return false;
    }
    const known = signed.get(leaf + pem) ?? (certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    signed.set(leaf + pem, known);
    return known;
  });
}

/** A time of a renewal, and the delay until the others learn of it. */
const moment = fc.record({
  // The last third of a leaf's life spans the longest pause.
  pause: fc.oneof(fc.integer({ min: hour / 2, max: 2 * hour }), fc.integer({ min: hour, max: 25 * day })),
  leader: fc.constantFrom(0, hour),
  mount: fc.constantFrom(0, hour),
});

test('whoever hears of a change up to an hour late verifies everybody, at any time', () =>
  fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 1, maxLength: 60 }), async (moments) => {
      const secret: Since<Certificates>[] = [];
      const proxy: Since<{ readonly leaf: string; readonly ca: string }>[] = [];
      let now = start;
      for (let turn = 0; now < start + 800 * day; turn++) {
        const drawn = turn % (moments.length + 1);
        const { pause, leader, mount } = moments[drawn] ?? { pause: 20 * day, leader: 0, mount: 0 };
        const { certificates } = await renew(secret.at(-1)?.value, now, names);
        secret.push({ at: now, value: certificates });
        const seen = asOf(secret, now - leader) ?? certificates;
        const mounted = proxy.at(-1)?.value;
        const ca = bundleOf(seen);
        if (mounted === undefined || mounted.ca !== ca || isDue(mounted.leaf, splitPem(ca), now)) {
          const use = { kind: 'client', uri: 'spiffe://x' } as const;
          const { certificate } = await issueLeaf(seen.authority, use, now, leafLifeMs);
          proxy.push({ at: proxy.length === 0 ? now : now + mount, value: { leaf: certificate, ca } });
        }
        for (const at of [now, now + hour / 2 - 1, now + pause / 2, now + pause - 1]) {
          for (const late of [0, hour]) {
            const server = asOf(secret, at - late) ?? certificates;
            const client = asOf(proxy, at);
            if (client === undefined) throw new Error('no proxy');
            expect(verifies(server.server.certificate, client.ca, at)).toBe(true);
            expect(verifies(client.leaf, bundleOf(server), at)).toBe(true);
          }
        }
        now += pause;
      }
    }),
    { numRuns: 6, endOnFailure: true },
  ));
