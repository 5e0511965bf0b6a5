import { anyHostname, coveringHostnames } from '../../kinds/shape/hostname.ts';
import type { UnitName } from '../../lib/key.ts';
import { hostOwnerKey } from '../../units/host-owner-keys.ts';
import { unitName } from '../../units/unit.ts';
import { setting, type Reader } from '../reader.ts';
import type { OurGateway } from './ownership.ts';

/** Domains that a namespace may not serve at a Gateway. */
export interface HostRights {
  readonly refused: ReadonlySet<string>;
  /** Domains whose owner is not known yet: the units in `refs` find it, with the claim of each route. */
  readonly unknown: ReadonlySet<string>;
  readonly refs: readonly UnitName[];
}

/** Decides by the operator's owners first, of which the most specific counts, then by the oldest claim. */
export function hostRights(
  reader: Reader,
  gateway: OurGateway,
  namespace: string,
  domains: Iterable<string>,
): HostRights {
  if (isEveryHostFree(reader)) return all;
  const { owners = [], firstCome = false } = setting(reader, 'hostnames') ?? {};
  const byHostname = new Map(owners);
  const refused = new Set<string>();
  const judged: string[] = [];
  for (const domain of new Set(domains)) {
    const named = [domain, ...coveringHostnames(domain)].find((hostname) => byHostname.has(hostname));
    if (named !== undefined) {
      if (byHostname.get(named)?.includes(namespace) !== true) refused.add(domain);
    } else if (firstCome && domain !== anyHostname) judged.push(domain);
  }
  const { namespace: home, name } = gateway;
  reader.expect(judged.map((hostname) => hostOwnerKey(home, name, hostname)));
  const unknown = new Set<string>();
  for (const hostname of judged) {
    const owner = reader.row('HostOwner', home, `${name}/${hostname}`)?.namespace;
    if (owner === undefined) unknown.add(hostname);
    else if (owner !== '' && owner !== namespace) refused.add(hostname);
  }
  const refs = judged.map((hostname) => unitName({ kind: 'HostOwner', namespace: home, name, hostname }));
  return { refused, unknown, refs };
}

/** Announces the rows that {@link hostRights} reads for any namespace, for a caller that asks for one domain at a time. */
export function expectHostOwners(reader: Reader, gateway: OurGateway, domains: readonly string[]): void {
  hostRights(reader, gateway, gateway.namespace, domains);
}

/** Returns true when every namespace may serve every hostname, which is the default. */
export function isEveryHostFree(reader: Reader): boolean {
  const { owners = [], firstCome = false } = setting(reader, 'hostnames') ?? {};
  return owners.length === 0 && !firstCome;
}

const all: HostRights = { refused: new Set(), unknown: new Set(), refs: [] };
