import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { GatewayProxies } from '../lib/tls-identity.ts';
import type { FleetKey } from '../units/fleet-key.ts';

/** Decision on a stream of a client: refused, or the fleet that it may read. */
export type Admission = { readonly kind: 'admitted'; readonly fleet: FleetKey } | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly reason: 'certificate' | 'identity' | 'token';
  readonly details: string;
}

/** Rules that may change while clients are connected, read for each stream. */
export interface ClientRules {
  /** Returns the UID of the Gateway; undefined: none, or not known. */
  readonly uidOf: (fleet: FleetKey) => string | undefined;
  /** Serial numbers of refused certificates, as digits and upper-case letters. */
  readonly refusedSerials: () => ReadonlySet<string>;
}

/** Returns the reason to refuse a certificate that is valid otherwise; undefined: none. */
export function revocation(
  certificate: X509Certificate,
  proxies: GatewayProxies | undefined,
  fleet: FleetKey | undefined,
  { uidOf, refusedSerials }: ClientRules,
): Refused | undefined {
  if (refusedSerials().has(certificate.serialNumber))
    return refused('certificate', 'the config refuses the serial number of the client certificate');
  const uid = fleet === undefined ? undefined : uidOf(fleet);
  const isOfAnother = proxies !== undefined && proxies.uid !== '' && uid !== undefined && proxies.uid !== uid;
  return isOfAnother
    ? refused('identity', `the client certificate is of an earlier Gateway ${fleet}: its UID is another one`)
    : undefined;
}

/** Judges the token of a stream. Plugins use the connections of their proxy, with its certificate, but have no token. */
export function judgeToken(
  shown: string | undefined,
  proxies: GatewayProxies,
  tokenOf: ((proxies: GatewayProxies) => string) | undefined,
): Refused | undefined {
  if (tokenOf === undefined) return undefined;
  const of = `the proxies of Gateway ${proxies.namespace}/${proxies.gateway}`;
  if (shown === undefined)
    return refused('token', `the stream has no x-sluice-token in its metadata, which ${of} have`);
  return isEqual(shown, tokenOf(proxies))
    ? undefined
    : refused('token', `the x-sluice-token of the stream is not that of ${of}`);
}

export function refused(reason: Refused['reason'], details: string): Refused {
  return { kind: 'refused', reason, details };
}

/** Takes the same time for all texts of one length, so that no token can be guessed by time. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
