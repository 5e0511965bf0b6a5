import { expect, test } from 'vitest';
import { FleetShares, type Excess, type StreamShare } from './fleet-shares.ts';

const options = { maxStreamsPerGateway: 3, maxUnknownNames: 100, maxRequestBytes: 1000 };

function fixture() {
  const shares = new FleetShares(options);
  const ended: string[] = [];
  const open = (fleet: string, id = fleet): StreamShare => {
    const share = shares.open(fleet, ({ reason }) => ended.push(`${id} ${reason}`));
    if (!('keep' in share)) throw new Error(share.details);
    return share;
  };
  return { shares, ended, open };
}

function reasonOf(share: StreamShare | Excess | undefined): string | undefined {
  return share !== undefined && 'reason' in share ? share.reason : undefined;
}

test('a fleet has so many streams, whatever another has, and one more when one ends', () => {
  const { shares, open } = fixture();
  const [first] = ['1', '2', '3'].map((id) => open('a', id));
  const fourth = shares.open('a', () => {});
  expect(reasonOf(fourth)).toBe('streams');
  expect(fourth).toMatchObject({ details: 'a has 3 streams, as many as it may have' });
  open('b');
  first?.close();
  open('a', '4');
  expect(reasonOf(shares.open('a', () => {}))).toBe('streams');
});

test('a stream may ask for so many unknown names, and all of a fleet for five times as many', () => {
  const shares = new FleetShares({ ...options, maxStreamsPerGateway: 100 });
  const open = (fleet: string): StreamShare => shares.open(fleet, () => {}) as StreamShare;
  const streams = Array.from({ length: 6 }, () => open('a'));
  expect(reasonOf(streams[0]?.ask(101))).toBe('names');
  expect(streams[0]?.ask(101)?.details).toMatch(/a stream of a asks for 101 names.* more than 100$/);
  for (const stream of streams.slice(0, 5)) expect(stream.ask(100)).toBeUndefined();
  expect(streams[5]?.ask(1)?.details).toMatch(/streams of a ask for 501 names.* more than 500$/);
  expect(open('b').ask(100)).toBeUndefined();
  // Fewer are always taken, and make room.
  expect(streams[0]?.ask(50)).toBeUndefined();
  expect(streams[5]?.ask(50)).toBeUndefined();
  expect(reasonOf(streams[5]?.ask(51))).toBe('names');
  streams[1]?.close();
  expect(streams[5]?.ask(100)).toBeUndefined();
});

test('of a fleet with too many bytes under way, the stream ends that has most of them', () => {
  const { ended, open } = fixture();
  const [small, large, other] = [open('a', 'small'), open('a', 'large'), open('b')];
  large.keep(1500);
  other.keep(1500);
  small.keep(500);
  expect(ended).toEqual([]);
  small.keep(1);
  expect(ended).toEqual(['large bytes']);
  large.close();
  small.keep(1000);
  expect(ended).toHaveLength(1);
});

test('of all fleets together, the one ends a stream that has most', () => {
  const { ended, open } = fixture();
  for (const [fleet, bytes] of [
    ['a', 900],
    ['b', 1900],
    ['c', 1100],
  ] as const)
    open(fleet).keep(bytes);
  expect(ended).toEqual([]);
  open('d').keep(200);
  expect(ended).toEqual(['b bytes']);
});

test('a stream that says of which fleet it is takes with it what it has, and counts there', () => {
  const { shares, ended, open } = fixture();
  for (const id of ['1', '2']) open('a', id);
  const share = open('', 'new');
  share.keep(1500);
  expect(share.move('a')).toBeUndefined();
  expect(reasonOf(shares.open('a', () => {}))).toBe('streams');
  expect(reasonOf(open('').move('a'))).toBe('streams');
  open('b').keep(1500);
  share.keep(501);
  expect(ended).toEqual(['new bytes']);
});

test('nothing is kept of a fleet whose streams have ended', () => {
  const { shares, open } = fixture();
  const share = open('a');
  share.keep(10);
  share.ask(10);
  share.close();
  expect(shares.size).toBe(0);
});
