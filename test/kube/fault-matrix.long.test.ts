import { test } from 'vitest';
import { allCases, followed, oneIn } from '../rig/kube/faults/matrix.ts';
import { playKind } from './fault-matrix.ts';

/** One of so many cases of each kind: CI has time for a part of them, and for another part against a real API server. */
const every = Number(process.env['FAULTS_EVERY'] ?? 1);

test.each(followed)(
  'whatever befalls the API server at %s, proxies have what was last good or what is new, complete',
  { timeout: 600_000 },
  async (kind) => {
    await playKind(kind, oneIn(every, allCases([kind])));
  },
);
