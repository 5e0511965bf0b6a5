import type { OidcProviderRow } from '../../../kinds/own/oidc-provider.ts';
import { splitResourceKey, type ReadKey } from '../../../lib/key.ts';
import { oidcProviderKey, type ProviderRef } from '../../../units/oidc-provider-key.ts';
import type { Reader } from '../../reader.ts';

/** Endpoints that an OpenID provider says it has, or the reason why they are not known. */
export type ProviderDocument =
  | {
      readonly kind: 'known';
      readonly authorizationEndpoint: string;
      readonly tokenEndpoint: string;
      readonly endSessionEndpoint: string | undefined;
    }
  | {
      readonly kind: 'waiting';
      /** Reason of the policy's condition. */
      readonly reason: 'Pending' | 'Denied' | 'Unreachable';
      /** Since when, why, and when it is tried again. For a status alone: replicas differ in it. */
      readonly message: string;
    };

export function providerKeys(home: string, provider: ProviderRef): ReadKey[] {
  return [oidcProviderKey(home, provider)];
}

/** Finds the document of a provider that a policy of the namespace `home` names. It is fetched beside translation. */
export function providerOf(reader: Reader, home: string, provider: ProviderRef): ProviderDocument {
  const { namespace, name } = splitResourceKey(oidcProviderKey(home, provider));
  const row = reader.row('OidcProvider', namespace, name);
  if (row?.state === 'known') {
    const { authorizationEndpoint, tokenEndpoint, endSessionEndpoint } = row;
    if (authorizationEndpoint !== undefined && tokenEndpoint !== undefined)
      return { kind: 'known', authorizationEndpoint, tokenEndpoint, endSessionEndpoint };
  }
  return { kind: 'waiting', reason: reasons[row?.state ?? 'unknown'], message: waitingText(row) };
}

const reasons = {
  unknown: 'Pending',
  known: 'Pending',
  denied: 'Denied',
  unreachable: 'Unreachable',
} as const;

function waitingText(row: OidcProviderRow | undefined): string {
  if (row === undefined) return 'the document of the provider is about to be fetched';
  const { state, since, nextAttempt, message } = row;
  const next = nextAttempt === undefined ? '' : `; next attempt at ${nextAttempt}`;
  if (state === 'unknown' || state === 'known') return `the document is being fetched since ${since}`;
  const fault = state === 'denied' ? 'cannot be used' : 'cannot be fetched';
  return `the document ${fault} since ${since}: ${message ?? 'no answer'}${next}`;
}
