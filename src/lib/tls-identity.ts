/** A certificate and what belongs to it, as PEM text. */
export interface TlsMaterial {
  /** The certificate, with its intermediates when there are some. */
  readonly certificate: string;
  readonly privateKey: string;
  /** Every CA whose certificates are trusted; several during the change from one to the next. */
  readonly ca: string;
}

/** Who one side of the xDS channel is, now: it changes while both sides run. */
export interface TlsIdentity {
  /** Undefined until there is a first one; then never again. */
  current(): TlsMaterial | undefined;
  /** Calls back after each change, the first included. Returns what ends it. */
  onChange(callback: () => void): () => void;
}

/** Trust domain of Sluice's SPIFFE IDs; no DNS name is looked up. */
const trustDomain = 'sluice.dev';

/**
 * The URI name in the certificate of a Gateway's proxies, a SPIFFE ID.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
 */
export function gatewayUri(namespace: string, gateway: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/gateway/${gateway}`;
}

/**
 * The Gateway, as `namespace/name`, whose proxies a certificate is for; undefined when it names none.
 *
 * `subjectAltName` is Node's rendering. A name that holds a separator is quoted there, so a text with a quote is refused
 * rather than taken apart; a SPIFFE certificate has one URI name and no more.
 */
export function gatewayOf(subjectAltName: string | undefined): string | undefined {
  if (subjectAltName === undefined || subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  const match = uris.length === 1 ? gatewayPattern.exec(uris[0] ?? '') : null;
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

const gatewayPattern = new RegExp(
  String.raw`^URI:spiffe://${trustDomain.replace('.', String.raw`\.`)}/ns/([a-z0-9-]{1,63})/gateway/([a-z0-9.-]{1,253})$`,
);
