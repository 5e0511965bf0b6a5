import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { serviceOf } from '../rig/xds/xds-types.ts';
import type { Response } from './stream-rules.ts';

/** Reads a message of the server, and calls `violation` for each break of the form of one. Undefined: of no known type. */
export function readResponse(
  message: Uint8Array,
  violation: (problem: string, where: string) => void,
): Omit<Response, 'requests'> | undefined {
  const decoded = DeltaDiscoveryResponse.decode(message);
  const { typeUrl = '', nonce = '', resources = [], removedResources: removed = [] } = decoded;
  const service = serviceOf(typeUrl);
  if (service === undefined) {
    violation('a response of a type that was not asked for', typeUrl);
    return undefined;
  }
  const brought = new Map<string, HeldResource>();
  for (const { name = '', version = '', resource } of resources) {
    if (brought.has(name)) violation('a name twice in one response', `${service} ${name}`);
    if (resource?.typeUrl !== typeUrl) violation('an Any of another type', `${service} ${name}`);
    brought.set(name, { version, bytes: resource?.value ?? new Uint8Array(0) });
  }
  return { service, nonce, brought, removed };
}
