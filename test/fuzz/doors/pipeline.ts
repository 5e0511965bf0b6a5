import { setImmediate as turn } from 'node:timers/promises';
import { parseObject } from '../../../src/kinds/door.ts';
import { kindTable } from '../../../src/kinds/kind-table.ts';
import { DeltaDiscoveryResponse } from '../../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { leavesOf, type Leaf } from '../../rig/objects/schema-leaves.ts';
import { Pipeline } from '../../rig/pipeline/pipeline.ts';
import { services, urlOf, type Service } from '../../rig/xds/xds-types.ts';
import { valueDoor } from '../door.ts';
import type { Random } from '../random.ts';
import { exampleObjects } from './examples.ts';
import { isWord, values, withLeaf } from './kinds.ts';

const leavesByKind: ReadonlyMap<unknown, readonly Leaf[]> = new Map(
  Object.entries(kindTable).map(([kind, def]) => [kind, leavesOf('schema' in def ? def.schema : undefined)]),
);
const words = [...new Set(values([...leavesByKind.values()].flat())), 'default', 'web', 'app', 'far', 'cert'];

/** Changes one of them by its own schema. */
export function changedObjects(value: unknown, random: Random): unknown {
  const objects = Array.isArray(value) ? [...(value as unknown[])] : [...exampleObjects];
  const at = random.below(objects.length);
  const object = objects[at];
  const kind = typeof object === 'object' && object !== null && 'kind' in object ? object.kind : undefined;
  objects[at] = withLeaf(object, leavesByKind.get(kind) ?? [], words, random);
  return objects;
}

export function readableOf(value: unknown): object[] {
  const found = new Map<string, object>();
  for (const object of Array.isArray(value) ? (value as unknown[]) : []) {
    const parsed = parseObject(object);
    if (parsed.kind === 'row') found.set(parsed.row.key, object as object);
  }
  return [...found.values()];
}

/** Each unit must have an output, and each new proxy must get everything. */
export const pipelineDoor = valueDoor({
  name: 'pipeline',
  seeds: [exampleObjects],
  words: words.filter(isWord),
  mutate: changedObjects,
  run: async (value) => {
    const pipeline = await Pipeline.started(readableOf(value), { settings: { lua: true } });
    try {
      await pipeline.connected();
      const errors = pipeline.log.lines.filter(({ level }) => level === 'error');
      if (errors.length > 0) throw new Error(JSON.stringify(errors[0]));
      return pipeline.view();
    } finally {
      await pipeline.close();
    }
  },
});

interface Said {
  readonly type?: unknown;
  readonly subscribe?: unknown;
  readonly unsubscribe?: unknown;
  readonly versions?: unknown;
  readonly nonce?: unknown;
  readonly error?: unknown;
}

const first = services.map((type) => ({ type, subscribe: subscriptionOf(type) }));

function subscriptionOf(type: Service): readonly string[] {
  if (type === 'VHDS') return [];
  return type === 'CDS' || type === 'LDS' ? ['*'] : ['a'];
}

/** Sends any messages in any order. */
export const streamDoor = valueDoor({
  name: 'xds stream',
  seeds: [
    [...first, ...services.map((type) => ({ type, nonce: 'last' }))],
    [
      { type: 'CDS', versions: { a: '1' } },
      { type: 'RDS', unsubscribe: ['*', 'a'], nonce: '1', error: 'no' },
    ],
  ],
  words: [...services, '*', 'a', 'last', 'subscribe', 'unsubscribe', 'versions', 'nonce', 'error', 'type'],
  run: async (value) => {
    const pipeline = await Pipeline.started(exampleObjects.slice(0, 3));
    try {
      return await conversation(pipeline, Array.isArray(value) ? (value as Said[]).slice(0, 40) : []);
    } finally {
      await pipeline.close();
    }
  },
});

async function conversation(pipeline: Pipeline, said: readonly Said[]): Promise<string[]> {
  const received: string[] = [];
  let last = '';
  const link = pipeline.dial({ id: 'proxy', cluster: 'default/web' }, (message) => {
    const { typeUrl = '', nonce = '', resources, removedResources } = DeltaDiscoveryResponse.decode(message);
    last = nonce;
    received.push(
      [typeUrl, ...(resources ?? []).map(({ name }) => name), ...(removedResources ?? [])].join(),
    );
  });
  for (const item of said) {
    const { type, subscribe, unsubscribe, versions, nonce, error } = item ?? {};
    link.send({
      typeUrl: services.includes(type as Service) ? urlOf(type as Service) : String(type),
      node: undefined,
      subscribe: texts(subscribe),
      unsubscribe: texts(unsubscribe),
      initialVersions: new Map(typeof versions === 'object' ? Object.entries(versions ?? {}) : []),
      nonce: nonce === 'last' ? last : isWord(nonce) ? nonce : '',
      error: isWord(error) ? error : undefined,
    });
    await turn();
  }
  for (let i = 0; i < 4; i++) await turn();
  link.close();
  return received;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isWord) : [];
}
