import { expect, test } from 'vitest';
import { missedIn } from './findings.ts';
import { badRoute } from './xds/bad-route.ts';

test('of 50 virtual hosts in one response one is bad, and the other 49 are live while it keeps its last good version', async () => {
  expect(await missedIn((ports) => badRoute(ports, { rounds: 3, perSecond: 100 }))).toEqual([]);
});
