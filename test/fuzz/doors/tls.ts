import { once } from 'node:events';
import { connect } from 'node:net';
import { renew } from '../../../src/certs/certificates.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { TlsFront } from '../../../src/xds/tls-front.ts';
import { GivenIdentity } from '../../rig/xds/given-identity.ts';
import { bytesDoor, type Door } from '../door.ts';

/** An Envoy's ClientHello without its random parts. */
const hello = Buffer.concat([
  Buffer.from('1603010200010001fc0303', 'hex'),
  Buffer.alloc(32, 7),
  Buffer.from('20', 'hex'),
  Buffer.alloc(32, 8),
  Buffer.from(
    '0006130113021303010001ad0000000b0009000006736c75696365002b0003020304000d00080006040308040401',
    'hex',
  ),
]);

let port: Promise<number> | undefined;
let front: TlsFront | undefined;
let faults = 0;

/** Any bytes on the TLS port may end their connection, and nothing else. */
export const tlsDoor: Door<Uint8Array> & { readonly close: () => void } = {
  ...bytesDoor({
    name: 'tls hello',
    seeds: [hello, hello.subarray(0, 5), 'GET / HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    words: ['\u0016\u0003\u0001', '\u0003\u0004', 'h2', '\u0000\u0010'],
    run: async (bytes) => {
      const socket = connect(await (port ??= listen()), '127.0.0.1');
      const closed = once(socket, 'close');
      socket.on('error', () => {});
      socket.resume();
      socket.end(bytes);
      await closed;
      if (faults > 0) throw new Error('the front has told of a fault');
      return 'closed';
    },
  }),
  close: () => front?.close(),
};

async function listen(): Promise<number> {
  const identity = new GivenIdentity();
  identity.set((await renew(undefined, Date.now(), ['sluice'])).certificates);
  front = new TlsFront(identity, {
    clock: systemClock,
    onSocket: () => {},
    onConnection: (socket) => void socket.destroy(new Error('no certificate, but a connection')),
    onRefused: () => {},
    onFault: () => faults++,
    uidOf: () => undefined,
    refusedSerials: () => new Set(),
  });
  return front.listen(0, '127.0.0.1');
}
