import { Duplex } from 'node:stream';
import { Agent, WebSocket } from 'undici';
import type { ClusterAccess } from './cluster-access.ts';

/** https://kubernetes.io/docs/reference/using-api/websockets/: a byte for the channel goes before the bytes of each message. */
const protocol = 'v4.channel.k8s.io';
const dataChannel = 0;
/** The first message of each channel names the port. */
const portBytes = 2;

/**
 * Connects to a port of a pod's loopback address through the API server, as `kubectl port-forward` does. Rejects with an
 * Error of one line. Its close ends the connection.
 */
export async function openPodTunnel(
  access: ClusterAccess,
  { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const { headers, tls } = await access.credentials();
  const dispatcher = new Agent({ allowH2: false, connect: { timeout: connectTimeoutMs, ...tls } });
  const url = new URL(
    `${access.pathPrefix}/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${port}`,
    access.origin.replace(/^http/, 'ws'),
  );
  const socket = new WebSocket(url, { protocols: [protocol], dispatcher, headers });
  socket.binaryType = 'arraybuffer';
  const opened = Promise.withResolvers<void>();
  const tunnel = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]));
      done();
    },
    destroy(error, done) {
      socket.close();
      dispatcher.destroy(null, () => done(error));
    },
  });
  const started = new Set<number>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', () => {
    // The reason of a refusal is not to be had here.
    opened.reject(
      new Error('the API server opens no connection to the pod: may you create pods/portforward?'),
    );
  });
  socket.addEventListener('close', () => {
    if (!tunnel.destroyed) tunnel.push(null);
  });
  socket.addEventListener('message', ({ data }) => {
    const bytes = Buffer.from(data as ArrayBuffer);
    const channel = bytes[0] ?? dataChannel;
    const content = bytes.subarray(started.has(channel) ? 1 : 1 + portBytes);
    started.add(channel);
    if (content.length === 0 || tunnel.destroyed) return;
    if (channel === dataChannel) tunnel.push(content);
    else tunnel.destroy(new Error(`the node of the pod: ${content.toString('utf8').trim()}`));
  });
  const onAbort = (): void => opened.reject(new Error('the API server does not answer in time'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await opened.promise;
  } catch (error) {
    tunnel.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  return tunnel;
}

const connectTimeoutMs = 10_000;
