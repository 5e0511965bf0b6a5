import { expect, test } from 'vitest';
import { missedIn } from './findings.ts';
import { restarts } from './xds/restarts.ts';

test('Sluice is killed between and in the middle of moves: no request fails, and nothing is sent twice', async () => {
  const missed = await missedIn((ports) => restarts(ports, { times: 4, others: 20, perSecond: 200 }));
  expect(missed).toEqual([]);
}, 120_000);
