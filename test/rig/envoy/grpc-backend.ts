import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ClientDuplexStream,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { endpointSlice, service } from '../objects/manifests.ts';

const identity = (bytes: Buffer): Buffer => bytes;

function method(path: string, isStream: boolean): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: isStream,
    responseStream: isStream,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}

/** A real gRPC server: `Add` and `Get` answer with its name and the call's metadata, `Watch` echoes a stream. */
export class GrpcBackend {
  readonly #server = new Server();
  readonly name: string;
  port = 0;
  /** Number of calls of `Add` and `Get`. */
  answered = 0;

  constructor(name: string) {
    this.name = name;
    for (const of of ['shop.Cart', 'shop.Stock']) {
      const unary = (path: string) => method(`/${of}/${path}`, false);
      this.#server.addService(
        { Add: unary('Add'), Get: unary('Get'), Watch: method(`/${of}/Watch`, true) },
        {
          Add: this.#answer('Add'),
          Get: this.#answer('Get'),
          Watch: (stream: NodeJS.ReadWriteStream & { end: () => void }) => {
            stream.on('data', (bytes: Buffer) => stream.write(Buffer.from(`${name}: ${bytes.toString()}`)));
            stream.on('end', () => stream.end());
          },
        },
      );
    }
  }

  async start(host = '127.0.0.1'): Promise<this> {
    this.port = await new Promise((resolve, reject) => {
      this.#server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return this;
  }

  /** Its Service has its name, and port 80. */
  objects(): object[] {
    return [
      service(this.name),
      endpointSlice(['127.0.0.1'], { name: `${this.name}-1`, service: this.name, port: this.port }),
    ];
  }

  /** Resolves when the calls under way have ended; takes no new ones. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.tryShutdown(() => resolve());
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #answer(of: string) {
    return (call: { readonly metadata: Metadata }, callback: (error: null, answer: Buffer) => void): void => {
      const answer: CallAnswer = { backend: this.name, method: of, metadata: call.metadata.getMap() };
      this.answered++;
      callback(null, Buffer.from(JSON.stringify(answer)));
    };
  }
}

export interface CallAnswer {
  readonly backend: string;
  readonly method: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A gRPC client of one hostname, by a connection of its own. */
export class GrpcCaller {
  readonly #client: Client;

  constructor(port: number, hostname: string, address = '127.0.0.1') {
    this.#client = new Client(`${address}:${port}`, credentials.createInsecure(), {
      'grpc.default_authority': hostname,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
  }

  /** Returns the answer, or the name of the status code. */
  call(path: string, headers: Readonly<Record<string, string>> = {}): Promise<CallAnswer | string> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        identity,
        identity,
        Buffer.alloc(0),
        metadata,
        (error: ServiceError | null, answer?: Buffer) =>
          resolve(
            error === null ? (JSON.parse(String(answer)) as CallAnswer) : (status[error.code] ?? 'no status'),
          ),
      );
    });
  }

  stream(path: string): ClientDuplexStream<Buffer, Buffer> {
    return this.#client.makeBidiStreamRequest(path, identity, identity, new Metadata());
  }

  close(): void {
    this.#client.close();
  }
}
