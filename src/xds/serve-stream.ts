import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { stackText } from '../lib/failure.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { decodeDeltaRequest } from './codec.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';
import type { DeltaMessage } from './response.ts';
import type { TurnQueue } from './turn-queue.ts';

/** One client, as the rest of `xds/` sees it. */
export interface Connection {
  /** Messages of the client, in order; the first has a node. */
  receive(request: DeltaRequest): void;
  /** Nothing that was sent is without an answer. */
  readonly idle: boolean;
  close(): void;
}

/**
 * The reason for which a client was refused: it has no good certificate; its certificate is another Gateway's, or none's; it does not
 * show the token of its Gateway; or what it asks is no delta ADS. Or why its stream was ended: it takes nothing of what is written to it; or by a bug.
 */
export type RefusalReason = 'certificate' | 'identity' | 'token' | 'request' | 'stalled' | 'bug';

export type AdsCall = ServerDuplexStream<Buffer, DeltaMessage>;

interface StreamPorts {
  readonly refuse: (code: status, reason: RefusalReason, details: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** `fleet` is what the client has proved to be a proxy of; undefined: it may be one of any. */
export function serve(
  call: AdsCall,
  fleet: FleetKey | undefined,
  connect: (node: ProxyNode, fail: (error: unknown) => void) => Connection,
  { refuse: onRefused, onFault }: StreamPorts,
  requests: TurnQueue<() => void>,
): void {
  let connection: Connection | undefined;
  let isEnded = false;
  const end = (): void => {
    isEnded = true;
    try {
      connection?.close();
    } catch (error) {
      onFault(error);
    }
    connection = undefined;
  };
  const refuse = (code: status, reason: RefusalReason, details: string): void => {
    if (isEnded) return;
    end();
    onRefused(code, reason, details);
  };
  const refuseRequest = (details: string): void => refuse(status.INVALID_ARGUMENT, 'request', details);
  const fail = (error: unknown): void => refuse(status.INTERNAL, 'bug', stackText(error));
  const receive = (bytes: Buffer): void => {
    const request = readRequest(bytes);
    if (request === undefined) return refuseRequest('not a DeltaDiscoveryRequest');
    if (request.typeUrl === '') return refuseRequest('type_url is required on an aggregated stream');
    if (connection === undefined) {
      const { node } = request;
      if (node === undefined || node.id === '' || node.cluster === '') {
        return refuseRequest('the first message needs node.id, and node.cluster as namespace/gateway');
      }
      if (fleet !== undefined && node.cluster !== fleet) {
        const details = `the client certificate is for Gateway ${fleet}, and node.cluster is ${quoted(node.cluster)}`;
        return refuse(status.PERMISSION_DENIED, 'identity', details);
      }
      connection = connect(node, fail);
    }
    connection.receive(request);
  };
  call.on('data', (bytes: Buffer) => {
    const wasRead = requests.add(() => {
      // The client had sent this before it heard of the end.
      if (isEnded) return;
      try {
        receive(bytes);
      } catch (error) {
        fail(error);
      }
      call.resume();
    });
    // Later requests wait in the client.
    if (!wasRead) call.pause();
  });
  call.on('end', () => {
    end();
    call.end();
  });
  // `error` and `close` may each come without the other; `end` is idempotent.
  call.on('error', end);
  call.on('close', end);
  call.on('cancelled', end);
}

/** A client's own words in ours. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, maxQuoted));
}

const maxQuoted = 100;

function readRequest(bytes: Buffer): DeltaRequest | undefined {
  try {
    return decodeDeltaRequest(bytes);
  } catch {
    return undefined;
  }
}
