import { contentHash } from '../lib/hash.ts';
import { resourceKey, type ResourceKey } from '../lib/key.ts';

/** An OpenID provider as a policy names it. */
export interface ProviderRef {
  readonly issuer: string;
  /** PEM. CAs that are trusted beside those of the system. */
  readonly ca?: string | undefined;
}

/** Key of the row of a provider. Namespaces do not share one: the CA of one says nothing to another. */
export function oidcProviderKey(namespace: string, { issuer, ca }: ProviderRef): ResourceKey {
  return resourceKey('OidcProvider', namespace, contentHash(JSON.stringify([issuer, ca ?? null])));
}
