export interface ShareOptions {
  readonly maxStreamsPerGateway: number;
  /** Names that a stream may ask for beyond those of its Gateway. */
  readonly maxUnknownNames: number;
  /** Bytes of one request. */
  readonly maxRequestBytes: number;
}

/** Reason for which a stream may not begin or go on, and in a few words what its fleet has too much of. */
export interface Excess {
  readonly reason: 'streams' | 'names' | 'bytes';
  readonly details: string;
}

/** Share of one stream. */
export interface StreamShare {
  /** So many bytes more, or fewer, of its requests are kept. Streams may end by this, of this fleet or another. */
  keep(bytes: number): void;
  /** It asks for so many names beyond those of its Gateway now. Returns what is too much of that. */
  ask(unknown: number): Excess | undefined;
  /** The client says of which fleet it is, where no certificate does. */
  move(fleet: string): Excess | undefined;
  close(): void;
}

/**
 * Bounds what all proxies of one fleet cost together, since whoever holds the key of one of them can be as many as it likes:
 * streams, names that nobody knows, and bytes of requests under way. What one fleet has too much of costs no other.
 */
export class FleetShares {
  /** Read at each use. */
  readonly #options: ShareOptions;
  readonly #fleets = new Map<string, Fleet>();
  #bytes = 0;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** `end` is called when the stream has to end. Without it in the result, the stream may not begin. */
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

  /** Fleets that have streams. */
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

  /** O(streams of the fleet that are sending something), and the one that ends has sent much. */
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
  /** Those with bytes under way. */
  readonly reading: Set<Stream>;
}

interface Stream {
  readonly end: (excess: Excess) => void;
  fleet: Fleet;
  bytes: number;
  unknown: number;
}

/**
 * So many streams of a fleet may have all the names that one may have beyond its Gateway's: proxies ask for names that are
 * gone when their Gateway has shrunk while there was no Sluice, and one after the other is done with that.
 */
const fullStreams = 5;

/** So many of the largest requests may be under way, of a fleet and of all. */
const fullRequests = 2;
const fullRequestsOfAll = 4;
