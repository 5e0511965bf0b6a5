import type { TransportPort } from '../../units/unit-def.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { readRoute } from '../attach/read-route.ts';
import { readAttached } from '../policies/attachment/in-force.ts';
import { bytesSecurity, type BytesSecurity } from '../policies/security/bytes.ts';
import type { Reader } from '../reader.ts';
import { decidingRoute } from '../routes/bytes/deciding-route.ts';

/**
 * Says which clients may connect to the route that serves a server name of a port. Reads the route only when it has a
 * policy of its own, so that edits of other routes leave the Listener alone. Costs O(routes of the name).
 */
export function bytesClients(
  reader: Reader,
  gateway: OurGateway,
  at: TransportPort,
  hostname: string,
): BytesSecurity | undefined {
  const { first } = decidingRoute(reader, gateway, at, hostname);
  if (first === undefined) return undefined;
  const { route, listener } = first;
  const sets = listener.set === undefined ? [] : [listener.set];
  reader.expect(attachedPoliciesKeys(gateway, route, sets));
  const attached = readAttached(reader, gateway, route, sets);
  const hasOwn = attached.ofRoute.some(({ kind }) => kind === 'SecurityPolicy');
  if (hasOwn) reader.expect([route]);
  const rule = hasOwn ? readRoute(reader, route)?.row.spec.rules[0] : undefined;
  return bytesSecurity(reader, attached, listener, rule?.name);
}
