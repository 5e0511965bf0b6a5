import { decodeDeltaRequest } from '../../../src/xds/codec.ts';
import { bytesDoor } from '../door.ts';

const text = (field: number, value: string): string =>
  `${String.fromCharCode(field * 8 + 2, value.length)}${value}`;
const node = text(1, `${text(1, 'proxy')}${text(2, 'default/web')}`);
const type = text(2, 'type.googleapis.com/envoy.config.cluster.v3.Cluster');

/** Bytes that are no message throw, which ends that stream alone. */
export const xdsDoor = bytesDoor({
  name: 'xds request',
  seeds: [
    `${node}${type}${text(3, '*')}${text(4, 'a')}`,
    `${type}${text(5, `${text(1, 'a')}${text(2, '1')}`)}${text(6, '7')}${text(7, '\u0008\u0003\u0012\u0001x')}`,
  ],
  words: [
    node,
    type,
    text(3, 'a'),
    text(3, '*'),
    text(4, 'b'),
    text(6, '1'),
    '\u00ff\u00ff\u00ff\u00ff\u000f',
  ],
  run: (bytes) => {
    try {
      return decodeDeltaRequest(Buffer.from(bytes));
    } catch (error) {
      return error instanceof Error ? error.message : 'thrown';
    }
  },
});
