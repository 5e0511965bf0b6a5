import { status } from '@grpc/grpc-js';
import type { Clock } from '../lib/clock.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { CallStreams } from './call-streams.ts';
import type { ProxyNode } from './delta-request.ts';
import { FleetShares, type ShareOptions } from './fleet-shares.ts';
import type { IdleConnections } from './idle-connections.ts';
import { Incoming } from './incoming.ts';
import { serve, type AdsCall, type RefusalReason, type WatchedConnection } from './serve-stream.ts';
import { StartingStreams } from './starting-streams.ts';
import type { TurnQueue } from './turn-queue.ts';

export interface CallOptions extends ShareOptions {
  readonly maxStartingStreams: number;
}

export interface CallPorts {
  readonly clock: Clock;
  readonly idle: IdleConnections;
  readonly requests: TurnQueue<() => void>;
  readonly drop: (peer: string) => void;
  /** Called at the first message; `started` has to be called when the client is up to date. */
  readonly connect: (
    call: AdsCall,
    node: ProxyNode,
    fail: (error: unknown) => void,
    started: () => void,
  ) => WatchedConnection;
  /** Returns the weight of a Gateway's names of the most frequent type. */
  readonly mostNames: (fleet: string) => number;
  readonly onRefused: (reason: RefusalReason, client: string, details: string) => void;
  readonly onFault: (error: unknown) => void;
  readonly onDelayed: () => void;
}

/** Calls of all clients: each has its share of what its fleet may have, and takes turns. */
export class Calls {
  readonly #options: CallOptions;
  readonly #ports: CallPorts;
  readonly #streams = new CallStreams();
  readonly #shares: FleetShares;
  readonly #starting: StartingStreams;

  constructor(options: CallOptions, ports: CallPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#shares = new FleetShares(options);
    this.#starting = new StartingStreams(ports.clock, () => options.maxStartingStreams, ports.onDelayed);
  }

  /** Starts to answer calls. Earlier messages wait at the client. */
  open(): void {
    this.#starting.open();
  }

  close(): void {
    this.#streams.close();
    this.#starting.close();
  }

  /** Has to be called by the handler of the call, at once. `fleet` is that of the certificate; undefined: any. */
  take(call: AdsCall, fleet: FleetKey | undefined): void {
    const { clock, idle, requests, drop, connect, onRefused, onFault } = this.#ports;
    const peer = call.getPeer();
    const stream = this.#streams.take(peer);
    const name = fleet ?? '';
    let isOver = false;
    const refuse = (code: status, reason: RefusalReason, details: string): void => {
      if (isOver) return;
      onRefused(reason, peer, details);
      call.emit('error', { code, details });
    };
    const share = this.#shares.open(name, ({ reason, details }) => {
      refuse(status.RESOURCE_EXHAUSTED, reason, details);
      // The connection is read no further.
      drop(peer);
    });
    if ('reason' in share) {
      refuse(status.RESOURCE_EXHAUSTED, share.reason, share.details);
      return;
    }
    let leave: (() => void) | undefined;
    const begin = (started: () => void): void => {
      serve(call, fleet, {
        connect: (node, fail) => connect(call, node, fail, started),
        refuse,
        onFault,
        onTaken: (bytes) => incoming.took(bytes),
        maxNames: (of) => this.#maxNames(of),
        share,
        requests,
      });
      incoming.read();
    };
    const incoming = new Incoming(stream, {
      clock,
      onFirst: () => {
        idle.began(peer);
        leave = this.#starting.next(name, begin);
      },
      onSilent: () =>
        refuse(status.DEADLINE_EXCEEDED, 'silent', `a stream of ${name || 'a client'} has no first message`),
      onKept: (bytes) => share.keep(bytes),
    });
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      incoming.close();
      share.close();
      if (leave === undefined) return;
      leave();
      idle.ended(peer);
    };
    call.on('error', end);
    call.on('close', end);
    call.on('cancelled', () => {
      end();
      // The status has been sent. A client that does not end its side would keep read data in memory.
      setImmediate(() => stream.close());
    });
  }

  #maxNames(fleet: string | undefined): number {
    if (fleet === undefined) return Infinity;
    return messagesFull * (this.#options.maxUnknownNames + this.#ports.mostNames(fleet));
  }
}

/** A message may name a resource twice, with its version, and unsubscribe from as many others. */
const messagesFull = 3;
