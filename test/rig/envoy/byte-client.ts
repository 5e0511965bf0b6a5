import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A connection to a proxy, which asks servers of bytes for their names. */
export class ByteConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** With a server name it speaks TLS, and trusts any certificate. `from`: its own address. */
  static async open(
    port: number,
    servername?: string,
    host = '127.0.0.1',
    from?: string,
  ): Promise<ByteConnection> {
    const options = { host, port, ...(from === undefined ? {} : { localAddress: from }) };
    const socket =
      servername === undefined
        ? connect(options)
        : connectTls({ ...options, servername, rejectUnauthorized: false });
    socket.setEncoding('utf8');
    await once(socket, servername === undefined ? 'connect' : 'secureConnect');
    return new ByteConnection(socket);
  }

  /** Returns the name of the server that answers; rejects when the connection ends. */
  async ask(): Promise<string> {
    const ended = once(this.#socket, 'close').then(() => {
      throw new Error('closed');
    });
    this.#socket.write('x');
    const [answer] = (await Promise.race([once(this.#socket, 'data'), ended])) as [string];
    return answer.slice(0, answer.indexOf(':'));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Returns the name of the server that answers a new connection, or `closed`. */
export async function askOnce(
  port: number,
  servername?: string,
  host?: string,
  from?: string,
): Promise<string> {
  let connection: ByteConnection | undefined;
  try {
    connection = await ByteConnection.open(port, servername, host, from);
    return await connection.ask();
  } catch {
    return 'closed';
  } finally {
    connection?.close();
  }
}

/** Returns the name of the server that answers a datagram of a new client, or `lost` after the time. */
export async function askByDatagram(port: number, timeoutMs: number, host = '127.0.0.1'): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.send('x', port, host);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) })) as [Buffer];
    return answer.toString().split(':')[0] ?? '';
  } catch {
    return 'lost';
  } finally {
    socket.close();
  }
}

/** Returns what a client reads that writes `first` alone, until the connection ends or the text has `until`. */
export async function readText(port: number, from: string, first = '', until = '\n'): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from });
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  if (first !== '') socket.write(first);
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.includes(until)) socket.destroy();
  });
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}
