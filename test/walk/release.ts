import type { UnitOutput } from '../../src/batch/outcome.ts';
import { contentHash } from '../../src/lib/hash.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

/** Encodes clusters as another release of Sluice would: the same names with other bytes. */
export function released(output: UnitOutput, release: number): UnitOutput {
  if (release === 0) return output;
  const resources = output.resources.map((resource) => {
    if (resource.typeUrl !== urlOf('CDS')) return resource;
    const bytes = Buffer.concat([resource.bytes, altStatName(`release ${release}`)]);
    return { ...resource, bytes, version: contentHash(bytes) };
  });
  return { ...output, resources };
}

/** `Cluster.alt_stat_name`, field 28. */
function altStatName(name: string): Buffer {
  return Buffer.concat([Buffer.from([0xe2, 0x01, name.length]), Buffer.from(name)]);
}
