import type { Tap } from '../../peers/peer.ts';
import { DeltaTap } from './delta-tap.ts';
import { SotwTap } from './sotw-tap.ts';
import type { RunningTap, Versions } from './tap.ts';

export function tapOf(tap: Tap, versions?: Versions): RunningTap {
  return tap.protocol === 'sotw' ? new SotwTap(tap, versions) : new DeltaTap(tap, versions);
}
