import type { ObjectReference } from '../../kinds/gateway-api/gateway.ts';
import type { Referrer } from '../backends/reference-grant.ts';
import type { Reader } from '../reader.ts';
import { authoritiesOf, authorityKeys, type AuthorityProblem } from './authorities.ts';

/** Source of trust in backends: PEM text of CAs, or those of the proxy's own system. */
export type Trust = { readonly kind: 'pem'; readonly bundle: string } | { readonly kind: 'system' };

/** Fields by which an object names CAs; a schema holds that only one of them is given. */
interface Validation {
  readonly caCertificateRefs: readonly ObjectReference[];
  readonly wellKnownCACertificates?: string | undefined;
}

export interface TrustResult {
  /** Undefined: there is no usable CA. */
  readonly trust: Trust | undefined;
  /** Set for well-known CAs of a name that Sluice does not know. */
  readonly unknown: string | undefined;
  /** One good reference is enough. */
  readonly problems: readonly AuthorityProblem[];
}

/** Reads the CAs of all references; `path` is the field path of the part that has them. */
export function trustOf(
  reader: Reader,
  from: Referrer,
  { caCertificateRefs, wellKnownCACertificates: wellKnown }: Validation,
  path: string,
): TrustResult {
  if (wellKnown === 'System') return { trust: { kind: 'system' }, unknown: undefined, problems: [] };
  if (wellKnown !== undefined) {
    const unknown = `${path}.wellKnownCACertificates: ${wellKnown} is not supported, only System is`;
    return { trust: undefined, unknown, problems: [] };
  }
  reader.expect(authorityKeys(from, caCertificateRefs));
  const { bundle, problems } = authoritiesOf(reader, from, caCertificateRefs, `${path}.caCertificateRefs`);
  return { trust: bundle === '' ? undefined : { kind: 'pem', bundle }, unknown: undefined, problems };
}
