import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { XdsResource } from '../batch/outcome.ts';
import { contentHash } from '../lib/hash.ts';
import { typeUrl } from '../publish/type-table.ts';

/** Returns an assignment without endpoints. A client with a cluster and no assignment waits for it, and stops at that. */
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

/** Tag of `cluster_name`: field 1, length-delimited. */
const clusterNameTag = 1 * 8 + 2;
