import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { stackText } from '../lib/failure.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { decodeDeltaRequest } from './codec.ts';
import type { DeltaRequest, ProxyNode } from './delta-request.ts';
import type { Excess, StreamShare } from './fleet-shares.ts';
import { tooLarge } from './request-size.ts';
import type { DeltaMessage } from './response.ts';
import type { TurnQueue } from './turn-queue.ts';

/** Stream of one client, as the rest of `xds/` sees it. */
export interface Connection {
  receive(request: DeltaRequest): void;
  readonly idle: boolean;
  /** Weight of the names beyond those of its Gateway. */
  readonly unknownNames: number;
  close(): void;
}

/**
 * Reason to refuse a client: its certificate is missing or not valid, or of another Gateway; its token is wrong; its
 * request is no delta ADS. Or to end its stream: it does not read; it is silent; its fleet exceeds a limit; a bug.
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

export interface WatchedConnection extends Connection {
  readonly isFull: boolean;
  whenRoom(onRoom: () => void): void;
}

export type AdsCall = ServerDuplexStream<Buffer, DeltaMessage>;

export interface StreamPorts {
  readonly connect: (node: ProxyNode, fail: (error: unknown) => void) => WatchedConnection;
  readonly refuse: (code: status, reason: RefusalReason, details: string) => void;
  readonly onFault: (error: unknown) => void;
  readonly onTaken: (bytes: number) => void;
  /** Returns the limit of names in a message; undefined: no fleet yet. */
  readonly maxNames: (fleet: string | undefined) => number;
  readonly share: StreamShare;
  readonly requests: TurnQueue<() => void>;
}

/** Serves one stream. `fleet` is that of the certificate; undefined: any. */
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
    // Later requests wait at the client.
    if (!wasRead || connection?.isFull === true) call.pause();
  });
  call.on('end', () => {
    end();
    call.end();
  });
  call.on('error', end);
  call.on('close', end);
  call.on('cancelled', end);
}

/** Quotes text of a client in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, maxQuoted));
}

const maxQuoted = 100;

/** Envoys are named after pods, and a Gateway by two names of Kubernetes. */
const maxIdLength = 1024;

function readRequest(bytes: Buffer, maxNames: number): DeltaRequest | Excess | undefined {
  try {
    const details = tooLarge(bytes, maxNames);
    return details === undefined ? decodeDeltaRequest(bytes) : { reason: 'names', details };
  } catch {
    return undefined;
  }
}
