import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReplicaNotes } from '../../src/kube/replica-notes.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

let follower: KubeFollower;
/** `replica part text`, as one replica received it. */
let received: string[];
let all: ReplicaNotes[];

beforeEach(async () => {
  follower = new KubeFollower();
  await follower.open();
  received = [];
  all = [];
});
afterEach(async () => {
  await Promise.all(all.map((notes) => notes.close()));
  await follower.close();
});

function notesOf(replica: string): ReplicaNotes {
  const notes = new ReplicaNotes(
    follower.connection,
    { namespace: 'sluice', replica, pod: undefined },
    {
      clock: follower.clock,
      log: new SilentLog(),
      onNote: (from, part, text) => void received.push(`${from} ${part} ${text}`),
      onRestart: () => {},
    },
  );
  all.push(notes);
  return notes;
}

function names(): string[] {
  return follower.api.objects('ConfigMap').map(({ metadata }) => metadata.name);
}

test('each part of a note is an object that the others read, and one that is not needed goes', async () => {
  notesOf('reader').start();
  const writer = notesOf('writer');
  expect(await writer.write(['a', 'b'])).toBe(true);
  expect(names().sort()).toEqual(['sluice-replica-writer', 'sluice-replica-writer.part-1']);
  await follower.until(() => received.length === 2);
  expect(received.splice(0).sort()).toEqual(['writer 0 a', 'writer 1 b']);
  expect(await writer.write(['a', 'c'])).toBe(true);
  await follower.until(() => received.length === 1);
  expect(received.splice(0)).toEqual(['writer 1 c']);
  expect(await writer.write(['d'])).toBe(true);
  await follower.until(() => received.length === 2);
  expect(received.sort()).toEqual(['writer 0 d', 'writer 1 undefined']);
  expect(names()).toEqual(['sluice-replica-writer']);
});

test('a part that did not change is not written again, and after a failure all of them are', async () => {
  const writer = notesOf('writer');
  const writes = () => follower.api.requests.splice(0).filter(({ mode }) => mode === 'apply').length;
  await writer.write(['a', 'b']);
  expect(writes()).toBe(2);
  await writer.write(['a', 'c']);
  expect(writes()).toBe(1);
  follower.api.fault = ({ mode }) => (mode === 'apply' ? { kind: 'status', status: 503 } : undefined);
  expect(await writer.write(['d', 'c'])).toBe(false);
  follower.api.fault = () => undefined;
  follower.api.requests.length = 0;
  expect(await writer.write(['d', 'c'])).toBe(true);
  expect(writes()).toBe(2);
});

test('parts of a process before this one go when they are not needed, and all go at the end', async () => {
  await notesOf('writer').write(['a', 'b', 'c']);
  const next = notesOf('writer');
  next.start();
  for (let i = 0; names().length > 1; i++) await next.write([`a${i}`]);
  expect(names()).toEqual(['sluice-replica-writer']);
  await next.close();
  expect(names()).toEqual([]);
});
