import { decodeRow } from '../kinds/decode.ts';
import type { RowChange } from '../kinds/row.ts';
import { splitResourceKey } from '../lib/key.ts';
import { fleetOf, type FleetKey } from '../units/fleet-key.ts';

/** UIDs of existing Gateways. Decodes each Gateway that changes. */
export class GatewayUids {
  readonly #uids = new Map<FleetKey, string>();
  readonly #onChange: (fleet: FleetKey) => void;

  constructor(onChange: (fleet: FleetKey) => void) {
    this.#onChange = onChange;
  }

  /** Returns undefined for an absent Gateway, and for one from a file, which has no UID. */
  of(fleet: FleetKey): string | undefined {
    return this.#uids.get(fleet);
  }

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const { kind, namespace, name } = splitResourceKey(change.kind === 'put' ? change.row.key : change.key);
      if (kind !== 'Gateway') continue;
      const uid = change.kind === 'put' ? decodeRow('Gateway', change.row.bytes).metadata.uid : '';
      this.#set(fleetOf(`${namespace}/${name}`), uid);
    }
  }

  #set(fleet: FleetKey, uid: string): void {
    if ((this.#uids.get(fleet) ?? '') === uid) return;
    if (uid === '') this.#uids.delete(fleet);
    else this.#uids.set(fleet, uid);
    this.#onChange(fleet);
  }
}
