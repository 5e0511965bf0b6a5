/** Certificate with its key and CAs, as PEM text. */
export interface TlsMaterial {
  readonly certificate: string;
  readonly privateKey: string;
  /** CAs that are trusted: several while one replaces the other. */
  readonly ca: string;
}

/** Gives the certificate of one side of the xDS channel, which changes while both sides run. */
export interface TlsIdentity {
  /** Undefined until there is a first one. */
  current(): TlsMaterial | undefined;
  /** Calls `callback` after each change, the first included. Returns a function that ends it. */
  onChange(callback: () => void): () => void;
  /** Token that proxies of a Gateway show beside their certificate; undefined: they need none. */
  readonly tokenOf?: ((proxies: GatewayProxies) => string) | undefined;
}

export interface GatewayProxies {
  readonly namespace: string;
  readonly gateway: string;
  /** UID of the Gateway, so that a later Gateway of the same name is another; empty: any. */
  readonly uid: string;
}

/** Trust domain of Sluice's SPIFFE IDs; it is not looked up in DNS. */
const trustDomain = 'sluice.dev';

/** Follows https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md */
export function proxiesUri({ namespace, gateway, uid }: GatewayProxies): string {
  const name = `spiffe://${trustDomain}/ns/${namespace}/gateway/${gateway}`;
  return uid === '' ? name : `${name}/uid/${uid}`;
}

/**
 * Returns the Gateway that a certificate names, or undefined. `subjectAltName` is Node's rendering, which quotes a name
 * with a separator: a text with a quote is refused. A SPIFFE certificate has exactly one URI name.
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
