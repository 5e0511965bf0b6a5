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
  /** The token that the proxies of a Gateway show beside their certificate; undefined: they need none. */
  readonly tokenOf?: ((proxies: GatewayProxies) => string) | undefined;
}

/** Whose proxies a certificate is for. */
export interface GatewayProxies {
  readonly namespace: string;
  readonly gateway: string;
  /** UID of the Gateway, so that the next one of its name is another; empty: any of the name. */
  readonly uid: string;
}

/** Trust domain of Sluice's SPIFFE IDs; no DNS name is looked up. */
const trustDomain = 'sluice.dev';

/**
 * The URI name in the certificate of a Gateway's proxies, a SPIFFE ID.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
 */
export function proxiesUri({ namespace, gateway, uid }: GatewayProxies): string {
  const name = `spiffe://${trustDomain}/ns/${namespace}/gateway/${gateway}`;
  return uid === '' ? name : `${name}/uid/${uid}`;
}

/**
 * The proxies that a certificate is for; undefined when it names none.
 *
 * `subjectAltName` is Node's rendering. A name that holds a separator is quoted there, so a text with a quote is refused
 * rather than taken apart; a SPIFFE certificate has one URI name and no more.
 */
export function proxiesOf(subjectAltName: string | undefined): GatewayProxies | undefined {
  if (subjectAltName === undefined || subjectAltName.includes('"')) return undefined;
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  const match = uris.length === 1 ? proxiesPattern.exec(uris[0] ?? '') : null;
  const [, namespace, gateway, uid = ''] = match ?? [];
  return namespace === undefined || gateway === undefined ? undefined : { namespace, gateway, uid };
}

const proxiesPattern = new RegExp(
  String.raw`^URI:spiffe://${trustDomain.replace('.', String.raw`\.`)}/ns/([a-z0-9-]{1,63})/gateway/([a-z0-9.-]{1,253})(?:/uid/([A-Za-z0-9._-]{1,128}))?$`,
);
