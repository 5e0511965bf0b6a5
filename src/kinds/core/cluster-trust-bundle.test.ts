import { expect, test } from 'vitest';
import { decodeRow } from '../decode.ts';
import { clusterTrustBundleKind } from './cluster-trust-bundle.ts';

test.each([
  [{ trustBundle: 'PEM', signerName: 'a.test/b' }, 'PEM'],
  [{ trustBundle: 7 }, undefined],
  [undefined, undefined],
])('of %j the certificates are read, if they are text', (spec, ca) => {
  const parsed = clusterTrustBundleKind.parse({ metadata: { name: 'cas' }, spec });
  if (parsed.kind !== 'row') throw new Error(parsed.kind);
  expect(parsed.row.key).toBe('ClusterTrustBundle//cas');
  expect(decodeRow('ClusterTrustBundle', parsed.row.bytes)).toEqual({ ca });
});
