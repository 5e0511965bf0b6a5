import type { Tap } from '../../peers/peer.ts';
import type { RunningTap } from '../tap/tap.ts';
import { tapOf } from '../tap/tap-of.ts';

export type ClientsCommand =
  | { readonly kind: 'open'; readonly tap: Tap; readonly count: number }
  | { readonly kind: 'expect'; readonly marker: string };

export type ClientsAnswer =
  | { readonly kind: 'complete' }
  /** Time at each client, in milliseconds since 1970, and the bytes that all have been sent since the last `expect`. */
  | { readonly kind: 'arrived'; readonly at: readonly number[]; readonly bytes: number };

const taps: RunningTap[] = [];
let marker = Buffer.alloc(0);
let arrived: number[] = [];
let bytesBefore = 0;

process.on('message', (command: ClientsCommand) => {
  if (command.kind === 'open') {
    void open(command.tap, command.count);
    return;
  }
  marker = Buffer.from(command.marker);
  arrived = [];
  bytesBefore = bytes();
});
process.on('disconnect', () => process.exit());

/** A few at a time, as a fleet would come after a rollout. */
async function open(tap: Tap, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const one = tapOf(tap);
    one.onMessage = ({ bytes: message, at }) => receive(message, at);
    taps.push(one);
    while (taps.filter(({ isComplete }) => !isComplete).length > 8)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
  while (!taps.every(({ isComplete }) => isComplete)) await new Promise((resolve) => setTimeout(resolve, 20));
  tell({ kind: 'complete' });
}

function receive(message: Buffer, at: number): void {
  if (marker.length === 0 || !message.includes(marker)) return;
  arrived.push(performance.timeOrigin + at);
  if (arrived.length < taps.length) return;
  marker = Buffer.alloc(0);
  // The message at hand is counted after it was handled.
  setImmediate(() => tell({ kind: 'arrived', at: arrived, bytes: bytes() - bytesBefore }));
}

function bytes(): number {
  return taps.reduce((sum, tap) => sum + tap.bytes, 0);
}

function tell(answer: ClientsAnswer): void {
  process.send?.(answer);
}
