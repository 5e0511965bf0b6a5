import { namesEndpoints } from '../../../kinds/envoy-gateway/oidc.ts';
import { placesOfPolicy } from '../../../kinds/indexes.ts';
import { resourceKey, splitResourceKey } from '../../../lib/key.ts';
import { splitAttachedPoliciesKey } from '../../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import type { ProviderRef } from '../../../units/oidc-provider-key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import type { Reader } from '../../reader.ts';
import { providerRef } from './provider-ref.ts';

/** Returns undefined when no Gateway of this controller has the policy, or it needs no document. O(places of the policy). */
export function wantedProvider(reader: Reader, { namespace, name }: ObjectName): ProviderRef | undefined {
  const provider = reader.row('SecurityPolicy', namespace, name)?.spec.oidc?.provider;
  if (provider === undefined || namesEndpoints(provider)) return undefined;
  return isUsed(reader, { namespace, name }) ? providerRef(reader, namespace, provider) : undefined;
}

function isUsed(reader: Reader, { namespace, name }: ObjectName): boolean {
  const places = reader.index(placesOfPolicy(resourceKey('SecurityPolicy', namespace, name)));
  const gateways = new Set(
    places.map((place) => {
      const { namespace: home, gateway } = splitAttachedPoliciesKey(place);
      return ourGatewayKey(home, gateway);
    }),
  );
  reader.expect([...gateways]);
  return [...gateways].some((key) => {
    const { namespace: home, name: gateway } = splitResourceKey(key);
    return readOurGateway(reader, home, gateway) !== undefined;
  });
}
