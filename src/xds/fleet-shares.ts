export interface ShareOptions {
  readonly maxStreamsPerGateway: number;
  readonly maxUnknownNames: number;
  readonly maxRequestBytes: number;
}

export interface Excess {
  readonly reason: 'streams' | 'names' | 'bytes';
  readonly details: string;
}

export interface StreamShare {
  /** Adds bytes of requests that are kept, or fewer. Streams may end by this, of this fleet or another. */
  keep(bytes: number): void;
  /** Sets the number of names beyond its Gateway's. Returns the exceeded limit. */
  ask(unknown: number): Excess | undefined;
  move(fleet: string): Excess | undefined;
  close(): void;
}

/** Bounds the streams, unknown names and request bytes of a fleet: one proxy's key can open any number of streams. */
export class FleetShares {
  readonly #options: ShareOptions;
  readonly #fleets = new Map<string, Fleet>();
  #bytes = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** Returns the share, or the exceeded limit when the stream may not start. `end` is called when it has to end. */
  open(name: string, end: (excess: Excess) => void): StreamShare | Excess {
    const excess = this.#excessStreams(name);
    if (excess !== undefined) return excess;
    const stream: Stream = { end, fleet: this.#fleet(name), bytes: 0, unknown: 0 };
    stream.fleet.streams++;
    return {
      keep: (bytes) => this.#keep(stream, bytes),
      ask: (unknown) => this.#ask(stream, unknown),
      move: (to) => {
        const tooMany = this.#excessStreams(to);
        if (tooMany === undefined) this.#move(stream, this.#fleet(to));
        return tooMany;
      },
      close: () => {
        this.#keep(stream, -stream.bytes);
        this.#ask(stream, 0);
        this.#left(stream.fleet);
      },
    };
  }

  get size(): number {
    return this.#fleets.size;
  }

  #fleet(name: string): Fleet {
    let fleet = this.#fleets.get(name);
    if (fleet === undefined) {
      fleet = { name, streams: 0, unknown: 0, bytes: 0, reading: new Set() };
      this.#fleets.set(name, fleet);
    }
    return fleet;
  }

  #left(fleet: Fleet): void {
    fleet.streams--;
    if (fleet.streams === 0) this.#fleets.delete(fleet.name);
  }

  #move(stream: Stream, to: Fleet): void {
    const { bytes } = stream;
    this.#keep(stream, -bytes);
    this.#left(stream.fleet);
    stream.fleet = to;
    to.streams++;
    this.#keep(stream, bytes);
  }

  #excessStreams(name: string): Excess | undefined {
    const { maxStreamsPerGateway } = this.#options;
    if ((this.#fleets.get(name)?.streams ?? 0) < maxStreamsPerGateway) return undefined;
    return {
      reason: 'streams',
      details: `${name} has ${maxStreamsPerGateway} streams, as many as it may have`,
    };
  }

  #ask(stream: Stream, unknown: number): Excess | undefined {
    const { maxUnknownNames } = this.#options;
    const { fleet } = stream;
    const ofFleet = fleet.unknown + unknown - stream.unknown;
    if (unknown > stream.unknown) {
      const most = maxUnknownNames * fullStreams;
      const details =
        unknown > maxUnknownNames
          ? `a stream of ${fleet.name} asks for ${unknown} names that are not of its Gateway, more than ${maxUnknownNames}`
          : `streams of ${fleet.name} ask for ${ofFleet} names that are not of their Gateway, more than ${most}`;
      if (unknown > maxUnknownNames || ofFleet > most) return { reason: 'names', details };
    }
    fleet.unknown = ofFleet;
    stream.unknown = unknown;
    return undefined;
  }

  #keep(stream: Stream, bytes: number): void {
    const { fleet } = stream;
    this.#bytes += bytes;
    fleet.bytes += bytes;
    stream.bytes += bytes;
    if (stream.bytes > 0) fleet.reading.add(stream);
    else fleet.reading.delete(stream);
    if (bytes <= 0) return;
    const { maxRequestBytes } = this.#options;
    if (fleet.bytes > maxRequestBytes * fullRequests) this.#endLargest(fleet);
    else if (this.#bytes > maxRequestBytes * fullRequestsOfAll) {
      this.#endLargest(this.#fleets.values().reduce((a, b) => (b.bytes > a.bytes ? b : a)));
    }
  }

  /** Ends the stream with the most bytes; O(streams of the fleet with bytes under way). */
  #endLargest({ name, bytes, reading }: Fleet): void {
    const largest = reading.values().reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const details = `streams of ${name} have ${bytes} bytes of requests under way, ${largest.bytes} of them one`;
    largest.end({ reason: 'bytes', details });
  }
}

interface Fleet {
  readonly name: string;
  streams: number;
  unknown: number;
  bytes: number;
  readonly reading: Set<Stream>;
}

interface Stream {
  readonly end: (excess: Excess) => void;
  fleet: Fleet;
  bytes: number;
  unknown: number;
}

/**
 * Number of streams of a fleet that may use the whole limit of unknown names: when a Gateway has shrunk while no
 * Sluice ran, its proxies ask for removed names one after the other.
 */
const fullStreams = 5;

/** Numbers of largest requests under way, of a fleet and of all. */
const fullRequests = 2;
const fullRequestsOfAll = 4;
