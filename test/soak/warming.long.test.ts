import { expect, test } from 'vitest';
import { missedIn } from './findings.ts';
import { warming } from './xds/warming.ts';

test('clusters and listeners that change without their endpoints and secrets are warm at once, and no handshake fails', async () => {
  const missed = await missedIn((ports) => warming(ports, { updates: 60, perSecond: 100 }));
  expect(missed).toEqual([]);
});
