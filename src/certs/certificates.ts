import { randomBytes, X509Certificate } from 'node:crypto';
import { issueAuthority, issueLeaf, type KeyPair } from './issue.ts';

/** The certificates and keys of the xDS channel, the same on every replica. */
export interface Certificates {
  readonly authority: KeyPair;
  /** The CA that signs next; it is trusted already. */
  readonly next: KeyPair | undefined;
  /** Former CAs, trusted until they expire; their keys are deleted. */
  readonly retired: readonly string[];
  readonly server: KeyPair;
  /** Secret from which tokens are derived. Never replaced automatically: running proxies know their tokens. */
  readonly drainKey: string;
}

/** Stored {@link Certificates}, maybe incomplete. Only the CA cannot be replaced without loss. */
export type FoundCertificates = Omit<Certificates, 'server' | 'drainKey'> & {
  readonly server: KeyPair | undefined;
  readonly drainKey: string | undefined;
};

export type Renewal =
  | 'ca made'
  | 'next ca made'
  | 'ca changed'
  | 'old ca dropped'
  | 'server renewed'
  | 'drain key made';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Life of the server's certificate. A proxy that learns late of a new CA has the rest of this time. */
export const leafLifeMs = 90 * dayMs;

/**
 * Bounds the use of a stolen key. Shorter costs a write of each Gateway's Secret in two thirds of it, and tolerates a
 * shorter outage of the API server.
 */
export const proxyLifeMs = 7 * dayMs;

/** Long, as each change writes every proxy's Secret; revise when auditors ask for less. */
const authorityLifeMs = 730 * dayMs;

/** Remaining life of a CA when the next one is made: twice a leaf's life, so no leaf outlives its CA. */
const authorityRenewMs = 180 * dayMs;

/** Time until a new CA signs: proxies and replicas learn of it within minutes, and have a day. */
const overlapMs = dayMs + hourMs;

/** A CA with less life left signs nothing more. Reached only when Sluice has not run for half a year. */
const lastResortMs = hourMs;

/**
 * Renews what is due at `now`, in milliseconds since 1970, and lists the steps. Depends only on its input and
 * randomness, so any replica may run it, after any pause.
 * A CA changes in three steps: the next one is made and trusted; a day later it signs, and the old key is deleted; the
 * old one is trusted until it expires, after all its leaves. Its last signature is for the server, so that a proxy
 * which has not yet learned of the new CA has two more months.
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
  const authorityLeftMs = hasStarted(authority.certificate, now) ? leftMs(authority.certificate, now) : 0;
  // It has signed nothing yet, so a useless one may go: too old, or from a clock that was ahead.
  const isOfUse = (pem: string): boolean =>
    leftMs(pem, now) > lastResortMs && (authorityLeftMs > 0 || hasStarted(pem, now));
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
    // No valid certificate is signed by it, so it needs no overlap.
    retired.unshift(authority.certificate);
    authority = await issueAuthority(now, authorityLifeMs);
    renewals.push('ca made');
  } else if (authorityLeftMs < authorityRenewMs) {
    next = await issueAuthority(now, authorityLifeMs);
    renewals.push('next ca made');
  }
  return { authority, next, retired: retired.filter((certificate) => leftMs(certificate, now) > 0) };
}

export function bundleOf({ authority, next, retired }: Omit<FoundCertificates, 'server'>): string {
  return [authority.certificate, ...(next === undefined ? [] : [next.certificate]), ...retired].join('');
}

/** Returns true in the last third of a leaf's life, or when it is not valid or no trusted CA has signed it. */
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

/** Returns false for a certificate from a clock that was ahead. */
function hasStarted(certificate: string, now: number): boolean {
  return beginsAt(certificate) <= now;
}

function beginsAt(certificate: string): number {
  return new X509Certificate(certificate).validFromDate.getTime();
}
