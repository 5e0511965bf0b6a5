import { noOutput } from '../../../src/batch/outcome.ts';
import { contentHash } from '../../../src/lib/hash.ts';
import { typeUrl } from '../../../src/publish/type-table.ts';
import type { View } from '../../../src/publish/view.ts';

/**
 * Encodes every Cluster otherwise with the same meaning, as a new Sluice may: content-named Clusters never change by
 * themselves. Proxies get them with the Gateway's next change.
 */
export class Reencoding {
  readonly #original = new Map<string, Uint8Array>();

  /** Different bytes for each round below 2^14. */
  apply(view: View, round: number): void {
    for (const name of view.names(typeUrl.cluster)) {
      const cluster = view.get(typeUrl.cluster, name);
      if (cluster === undefined) continue;
      const original = this.#original.get(name) ?? cluster.bytes;
      this.#original.set(name, original);
      const bytes = Buffer.concat([original, timeoutNanos(round)]);
      const resource = { ...cluster, bytes, version: contentHash(bytes) };
      view.add({ ...noOutput, resources: [resource] });
    }
  }
}

/** `Cluster.connect_timeout.nanos`: fields behind a message are merged into it. */
function timeoutNanos(nanos: number): Uint8Array {
  const varint = [(nanos & 127) | 128, nanos >> 7];
  return Uint8Array.from([(4 << 3) | 2, 1 + varint.length, 2 << 3, ...varint]);
}
