import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import { typeUrl } from '../publish/type-table.ts';

/**
 * The ClusterLoadAssignment of a cluster whose endpoints are not known now. A client that was sent the cluster and has
 * no endpoints for it would wait for them, and for nothing else meanwhile.
 */
export function emptyAssignment(name: string): XdsResource {
  const bytes = new BinaryWriter().uint32(clusterNameTag).string(name).finish();
  return {
    typeUrl: typeUrl.endpoint,
    name,
    version: contentHash(bytes),
    bytes,
    madeOf: [],
    names: [],
  };
}

/** `cluster_name` is field 1, length-delimited. */
const clusterNameTag = 1 * 8 + 2;
