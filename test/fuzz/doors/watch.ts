import { Buffer } from 'node:buffer';
import { Fault } from '../../../src/kube/fault.ts';
import { ItemSplitter } from '../../../src/kube/split-items.ts';
import { LineSplitter } from '../../../src/kube/split-lines.ts';
import { readWatchEvent } from '../../../src/kube/watch-event.ts';
import { observedStatus } from '../../../src/kinds/observed-status.ts';
import { ownedObject } from '../../../src/kinds/owned-object.ts';
import { bytesDoor } from '../door.ts';
import { exampleObjects } from './examples.ts';

const object = {
  ...exampleObjects[2],
  status: { parents: [{ controllerName: 'a', conditions: [{ type: 'A' }] }] },
};
const words = [
  '{"',
  '":',
  '[',
  ']',
  '}',
  ',',
  '\n',
  '\\"',
  '"items":[',
  '"type":"ADDED"',
  '"metadata":',
  'null',
];

/** Chunk boundaries must not matter. */
const watchDoor = bytesDoor({
  name: 'watch',
  seeds: [
    `${JSON.stringify({ type: 'ADDED', object })}\n${JSON.stringify({ type: 'DELETED', object })}\n`,
    '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}}\n',
    '{"type":"ERROR","object":{"code":410,"message":"too old"}}\n\n',
  ],
  words: [...words, 'BOOKMARK', 'ERROR', 'DELETED'],
  run: (bytes) =>
    alike(bytes, (chunks) => {
      const splitter = new LineSplitter();
      const lines = answered(() => chunks.flatMap((chunk) => [...splitter.push(chunk)].map(String)));
      const events = typeof lines === 'string' ? lines : lines.map((line) => answered(() => event(line)));
      return JSON.stringify([events, splitter.isWithinLine]);
    }),
});

const listDoor = bytesDoor({
  name: 'list',
  seeds: [
    JSON.stringify({ kind: 'HTTPRouteList', metadata: { resourceVersion: '5' }, items: [object, object] }),
    '{"items" : [ {"a":[1]} , {} ],"metadata":{"continue":"x"}}',
    '{"a":[],"b":[[]],"items":null}',
  ],
  words,
  run: (bytes) =>
    alike(bytes, (chunks) => {
      const splitter = new ItemSplitter();
      const items = answered(() => chunks.flatMap((chunk) => [...splitter.push(chunk)].map(String)));
      return JSON.stringify([items, splitter.end()?.toString()]);
    }),
});

export const watchDoors = [watchDoor, listDoor];

function event(line: string): unknown {
  const read = readWatchEvent(Buffer.from(line));
  if (read.kind === 'bookmark') return read;
  return [read.kind, observedStatus(read.object), ownedObject('Service', read.object)];
}

/** Reads the bytes in several chunkings, which must agree. */
function alike(bytes: Uint8Array, read: (chunks: readonly Buffer[]) => string): string {
  const whole = read([Buffer.from(bytes)]);
  for (const size of [1, 7, 100]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      Buffer.from(bytes.subarray(i * size, (i + 1) * size)),
    );
    if (bytes.length < 2000 && read(chunks) !== whole) throw new Error(`in chunks of ${size} it is another`);
  }
  return whole;
}

/** A declared fault of the API server is an answer; any other error is a bug. */
function answered<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return `fault ${error.reason}`;
    throw error;
  }
}
