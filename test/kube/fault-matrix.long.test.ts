import { test } from 'vitest';
import { allCases, followed } from '../rig/kube/faults/matrix.ts';
import { playKind } from './fault-matrix.ts';

/** Every n-th case of each kind: CI has time for a part of them, and for another part against a real API server. */
const every = Number(process.env['FAULTS_EVERY'] ?? 1);

test.each(followed)(
  'whatever befalls the API server at %s, proxies have what was last good or what is new, complete',
  { timeout: 600_000 },
  async (kind) => {
    await playKind(
      kind,
      allCases([kind]).filter((_, i) => i % every === 0),
    );
  },
);
