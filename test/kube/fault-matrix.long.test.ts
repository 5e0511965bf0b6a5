import { test } from 'vitest';
import { allCases, followed } from '../rig/kube/faults/matrix.ts';
import { playKind } from './fault-matrix.ts';

test.each(followed)(
  'whatever befalls the API server at %s, proxies have what was last good or what is new, complete',
  { timeout: 600_000 },
  async (kind) => {
    await playKind(kind, allCases([kind]));
  },
);
