import type { XdsResource } from '../src/batch/outcome.ts';
import { DeltaMessage } from '../src/xds/response.ts';
import { typeUrl } from '../src/publish/type-table.ts';
import type { Suite } from './micro.ts';

const resource = (i: number, size: number): XdsResource => ({
  typeUrl: typeUrl.endpoint,
  name: `bench/service-${i}/80`,
  version: 'abcdefghijklmnopqrstuv',
  bytes: Buffer.alloc(size, 'x'),
  madeOf: [],
  names: [],
});
const response = (count: number, size: number) => ({
  typeUrl: typeUrl.endpoint,
  nonce: '42',
  resources: Array.from({ length: count }, (_, i) => resource(i, size)),
  removed: [],
  controlPlane: 'bench',
});
const [single, hundred, large] = [response(1, 250), response(100, 250), response(1, 1_200_000)];

export const deltaSuite: Suite = {
  title: 'delta: a response on the wire',
  cases: [
    { name: '1 resource of 250 B', run: () => void new DeltaMessage(single).toBuffer() },
    { name: '100 resources of 250 B', run: () => void new DeltaMessage(hundred).toBuffer() },
    { name: '1 resource of 1.2 MB', run: () => void new DeltaMessage(large).toBuffer() },
  ],
};
