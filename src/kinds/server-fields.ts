import { encodeJson } from './json-row.ts';
import { record } from './identity.ts';
import type { Row } from './row.ts';

/**
 * Returns the row of a manifest with the fields that the API server sets once and an edit leaves as they are, from the
 * object that is there: its age, by which routes have precedence, its generation, and the addresses and the status of a
 * Service. Indexes and links follow from none of these.
 */
export function withServerFields(row: Row, before: Row): Row {
  // Its bytes are no JSON, and it has none of them.
  if (row.key.startsWith('EndpointSlice/')) return row;
  const [now, old] = [decoded(row), decoded(before)];
  const metadata = record(now['metadata']);
  const oldMetadata = record(old['metadata']) ?? {};
  const merged: Record<string, unknown> = { ...now };
  if (metadata !== undefined) {
    const { creationTimestamp, generation } = metadata;
    merged['metadata'] = {
      ...metadata,
      ...(creationTimestamp === '' ? { creationTimestamp: oldMetadata['creationTimestamp'] ?? '' } : {}),
      ...(generation === 0 ? { generation: oldMetadata['generation'] ?? 0 } : {}),
    };
  }
  if (row.key.startsWith('Service/')) {
    const spec = record(now['spec']) ?? {};
    const clusterIPs = spec['clusterIPs'] ?? record(old['spec'])?.['clusterIPs'];
    merged['spec'] = { ...spec, ...(clusterIPs === undefined ? {} : { clusterIPs }) };
    if (old['status'] !== undefined) merged['status'] ??= old['status'];
  }
  return { ...row, bytes: encodeJson(merged) };
}

function decoded({ bytes }: Row): Readonly<Record<string, unknown>> {
  return record(JSON.parse(new TextDecoder().decode(bytes))) ?? {};
}
