import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { stackText } from '../lib/failure.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { decodeDeltaRequest } from './codec.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';
import type { Excess, StreamShare } from './fleet-shares.ts';
import { tooLarge } from './request-size.ts';
import type { DeltaMessage } from './response.ts';
import type { TurnQueue } from './turn-queue.ts';

/** One client, as the rest of `xds/` sees it. */
export interface Connection {
  /** Messages of the client, in order; the first has a node. */
  receive(request: DeltaRequest): void;
  /** Nothing that was sent is without an answer. */
  readonly idle: boolean;
  /** Weight of the names that are kept for it beyond those of its Gateway. */
  readonly unknownNames: number;
  close(): void;
}

/**
 * The reason for which a client was refused: it has no good certificate; its certificate is another Gateway's, or none's; it does not
 * show the token of its Gateway; or what it asks is no delta ADS. Or why its stream was ended: it takes nothing of what is written to it; it says nothing; its fleet
 * has too much of something; or by a bug.
 */
export type RefusalReason =
  | 'certificate'
  | 'identity'
  | 'token'
  | 'request'
  | 'stalled'
  | 'silent'
  | 'connections'
  | Excess['reason']
  | 'bug';

/** A connection, and whether its client takes what is written to it. */
export interface WatchedConnection extends Connection {
  /** True while the client's requests have to wait. */
  readonly isFull: boolean;
  /** Calls back once when that has ended. */
  whenRoom(onRoom: () => void): void;
}

export type AdsCall = ServerDuplexStream<Buffer, DeltaMessage>;

export interface StreamPorts {
  /** Calls back at the client's first message. */
  readonly connect: (node: ProxyNode, fail: (error: unknown) => void) => WatchedConnection;
  readonly refuse: (code: status, reason: RefusalReason, details: string) => void;
  readonly onFault: (error: unknown) => void;
  /** A message of so many bytes was processed. */
  readonly onTaken: (bytes: number) => void;
  /** Names that one message of the fleet may have; undefined: of one that is not known yet. */
  readonly maxNames: (fleet: string | undefined) => number;
  readonly share: StreamShare;
  readonly requests: TurnQueue<() => void>;
}

/** `fleet` is what the client has proved to be a proxy of; undefined: it may be one of any. */
export function serve(call: AdsCall, fleet: FleetKey | undefined, ports: StreamPorts): void {
  const { share, requests, onFault } = ports;
  let connection: WatchedConnection | undefined;
  let ofFleet: string | undefined = fleet;
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
    ports.refuse(code, reason, details);
  };
  const refuseRequest = (details: string): void => refuse(status.INVALID_ARGUMENT, 'request', details);
  const refuseExcess = ({ reason, details }: Excess): void =>
    refuse(status.RESOURCE_EXHAUSTED, reason, details);
  const fail = (error: unknown): void => refuse(status.INTERNAL, 'bug', stackText(error));
  const receive = (bytes: Buffer): void => {
    const request = readRequest(bytes, ports.maxNames(ofFleet));
    if (request === undefined) return refuseRequest('not a DeltaDiscoveryRequest');
    if ('reason' in request) return refuseExcess(request);
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
      if (node.id.length > maxIdLength || node.cluster.length > maxIdLength)
        return refuseRequest(`node.id and node.cluster have at most ${maxIdLength} characters`);
      const tooMany = fleet === undefined ? share.move(node.cluster) : undefined;
      if (tooMany !== undefined) return refuseExcess(tooMany);
      ofFleet = node.cluster;
      connection = ports.connect(node, fail);
    }
    connection.receive(request);
    const excess = share.ask(connection.unknownNames);
    if (excess !== undefined) refuseExcess(excess);
  };
  call.on('data', (bytes: Buffer) => {
    const wasRead = requests.add(ofFleet ?? '', () => {
      // The client had sent this before it heard of the end.
      if (isEnded) return;
      try {
        receive(bytes);
      } catch (error) {
        fail(error);
      }
      ports.onTaken(bytes.length);
      if (connection?.isFull === true) connection.whenRoom(() => call.resume());
      else call.resume();
    });
    // Later requests wait in the client.
    if (!wasRead || connection?.isFull === true) call.pause();
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

/** Envoys are called after their pods, and a Gateway by two names of Kubernetes. */
const maxIdLength = 1024;

function readRequest(bytes: Buffer, maxNames: number): DeltaRequest | Excess | undefined {
  try {
    const details = tooLarge(bytes, maxNames);
    return details === undefined ? decodeDeltaRequest(bytes) : { reason: 'names', details };
  } catch {
    return undefined;
  }
}
