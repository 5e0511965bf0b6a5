import { randomBytes, X509Certificate } from 'node:crypto';
import { issueAuthority, issueLeaf, type KeyPair } from './issue.ts';

/** All that the xDS channel of one Sluice is secured with; every replica has the same. */
export interface Certificates {
  /** The CA that signs. */
  readonly authority: KeyPair;
  /** The CA that will sign when everybody trusts it. Trusted already. */
  readonly next: KeyPair | undefined;
  /** CAs that have signed before: trusted until they expire, their keys are gone. */
  readonly retired: readonly string[];
  readonly server: KeyPair;
  /** Secret from which each Gateway's tokens come. Never replaced by itself: running proxies know theirs. */
  readonly drainKey: string;
}

/** As {@link Certificates} may be found where they are kept. The CA cannot be made up for; the rest can. */
export type FoundCertificates = Omit<Certificates, 'server' | 'drainKey'> & {
  readonly server: KeyPair | undefined;
  readonly drainKey: string | undefined;
};

/** One step of a renewal, as the log names it. */
export type Renewal =
  | 'ca made'
  | 'next ca made'
  | 'ca changed'
  | 'old ca dropped'
  | 'server renewed'
  | 'drain key made';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Life of the server's certificate. Proxies that hear of a new CA too late have what is left of it. */
export const leafLifeMs = 90 * dayMs;

/**
 * Life of a proxy's certificate: a stolen key is of use for no longer. Envoy takes a new one while it runs, so shorter costs
 * a Secret write for each Gateway in two thirds of it, and says how long an API server may be away.
 */
export const proxyLifeMs = 7 * dayMs;

/** Long, as each change of it needs every proxy's Secret written anew; revise by what auditors ask for. */
const authorityLifeMs = 730 * dayMs;

/** Time that a CA has left when the next one is made: twice a leaf's life, so no leaf outlives its CA. */
const authorityRenewMs = 180 * dayMs;

/**
 * From the beginning of a CA until it signs: more than a day in which every proxy and replica hears of it, where minutes
 * are usual.
 */
const overlapMs = dayMs + hourMs;

/** With so little left a CA signs no more, overlap or not. Reached only when nobody has run this for half a year. */
const lastResortMs = hourMs;

/**
 * Brings everything up to date for `now`, in milliseconds since 1970, and says what it did; an empty list when there was
 * nothing to do. Depends on nothing else but randomness, so any replica may do it, at any time, after any pause.
 *
 * A CA changes in three steps. The next one is made and trusted; when that has been so for a day, it signs, and the
 * key of the old one is gone; the old one stays trusted until it expires, which all its leaves have done before. The
 * last thing that the old one signs is a certificate of the server, so that a proxy which has not heard of the new CA
 * in that day, since nobody ran to tell it, has two more months.
 */
export async function renew(
  found: FoundCertificates | undefined,
  now: number,
  serverNames: readonly string[],
): Promise<{ readonly certificates: Certificates; readonly renewals: readonly Renewal[] }> {
  const renewals: Renewal[] = [];
  const { authority, next, retired } = await renewAuthorities(found, now, renewals);
  let server = found?.server;
  if (
    found !== undefined &&
    renewals.includes('ca changed') &&
    leftMs(found.authority.certificate, now) > leafLifeMs
  ) {
    server = await issueLeaf(found.authority, { kind: 'server', dnsNames: serverNames }, now, leafLifeMs);
    renewals.push('server renewed');
  }
  const trusted = [authority, next].flatMap((pair) => pair?.certificate ?? []).concat(retired);
  if (server === undefined || isServerDue(server.certificate, serverNames, trusted, now)) {
    server = await issueLeaf(authority, { kind: 'server', dnsNames: serverNames }, now, leafLifeMs);
    renewals.push('server renewed');
  }
  let drainKey = found?.drainKey;
  if (drainKey === undefined) {
    drainKey = randomBytes(32).toString('base64url');
    renewals.push('drain key made');
  }
  return { certificates: { authority, next, retired, server, drainKey }, renewals };
}

async function renewAuthorities(
  found: FoundCertificates | undefined,
  now: number,
  renewals: Renewal[],
): Promise<Pick<Certificates, 'authority' | 'next' | 'retired'>> {
  if (found === undefined) {
    renewals.push('ca made');
    return { authority: await issueAuthority(now, authorityLifeMs), next: undefined, retired: [] };
  }
  let { authority, next } = found;
  const retired = found.retired.filter((certificate) => leftMs(certificate, now) > 0);
  if (retired.length < found.retired.length) renewals.push('old ca dropped');
  const authorityLeftMs = isBegun(authority.certificate, now) ? leftMs(authority.certificate, now) : 0;
  // Nothing was signed by it yet, so it may go when it is of no use: too old, or from a clock that was ahead.
  const isOfUse = (pem: string): boolean =>
    leftMs(pem, now) > lastResortMs && (authorityLeftMs > 0 || isBegun(pem, now));
  if (next !== undefined && !isOfUse(next.certificate)) next = undefined;
  if (next !== undefined) {
    const isKnown = now >= beginsAt(next.certificate) + overlapMs;
    if (isKnown || authorityLeftMs < lastResortMs) {
      retired.unshift(authority.certificate);
      authority = next;
      next = undefined;
      renewals.push('ca changed');
    }
  } else if (authorityLeftMs <= 0) {
    // Nothing that it has signed is valid, so there is nobody to be gentle with.
    retired.unshift(authority.certificate);
    authority = await issueAuthority(now, authorityLifeMs);
    renewals.push('ca made');
  } else if (authorityLeftMs < authorityRenewMs) {
    next = await issueAuthority(now, authorityLifeMs);
    renewals.push('next ca made');
  }
  return { authority, next, retired: retired.filter((certificate) => leftMs(certificate, now) > 0) };
}

/** Every trusted CA, PEM; the one that signs comes first. */
export function bundleOf({ authority, next, retired }: Omit<FoundCertificates, 'server'>): string {
  return [authority.certificate, ...(next === undefined ? [] : [next.certificate]), ...retired].join('');
}

/** Returns true when a leaf must be replaced: less than a third of its life is left, it is not valid, or no trusted CA signed it. */
export function isDue(certificate: string, trusted: readonly string[], now: number): boolean {
  const leaf = new X509Certificate(certificate);
  const lifeMs = leaf.validToDate.getTime() - leaf.validFromDate.getTime();
  if (leaf.validFromDate.getTime() > now || leaf.validToDate.getTime() - now < lifeMs / 3) return true;
  return !trusted.some((pem) => {
    const ca = new X509Certificate(pem);
    return ca.validToDate.getTime() > now && leaf.checkIssued(ca) && leaf.verify(ca.publicKey);
  });
}

function isServerDue(
  certificate: string,
  names: readonly string[],
  trusted: readonly string[],
  now: number,
): boolean {
  if (isDue(certificate, trusted, now)) return true;
  const has = new Set(new X509Certificate(certificate).subjectAltName?.split(', '));
  return names.some((name) => !has.has(`DNS:${name}`));
}

function leftMs(certificate: string, now: number): number {
  return new X509Certificate(certificate).validToDate.getTime() - now;
}

/** A certificate from a machine whose clock was ahead is not valid yet. */
function isBegun(certificate: string, now: number): boolean {
  return beginsAt(certificate) <= now;
}

function beginsAt(certificate: string): number {
  return new X509Certificate(certificate).validFromDate.getTime();
}
