import { typeUrl, type TypeUrl } from '../publish/type-table.ts';

/** A stream, as far as it is asked what its client has. */
interface Stream {
  hasVersion(type: TypeUrl, name: string, version: string): boolean;
}

/**
 * Which Listeners at least one proxy of a fleet has ACKed. Remembers one such proxy for each, so that a question is O(1)
 * however many there are; only a version that is asked for the first time, or whose proxy has left, is looked for again.
 */
export class AckedListeners {
  readonly #streams: Iterable<Stream>;
  readonly #known = new Map<string, { readonly version: string; stream: Stream | undefined }>();

  constructor(streams: Iterable<Stream>) {
    this.#streams = streams;
  }

  has(name: string, version: string): boolean {
    const known = this.#known.get(name);
    if (known?.version === version) {
      if (known.stream === undefined) return false;
      if (known.stream.hasVersion(typeUrl.listener, name, version)) return true;
    }
    const stream = Iterator.from(this.#streams).find((one) =>
      one.hasVersion(typeUrl.listener, name, version),
    );
    this.#known.set(name, { version, stream });
    return stream !== undefined;
  }

  /** A proxy has these versions now. Returns whether `has` may answer otherwise than before. */
  note(stream: Stream, versions: ReadonlyMap<string, string | undefined>): boolean {
    let isDifferent = false;
    for (const [name, version] of versions) {
      const known = this.#known.get(name);
      if (version === undefined) this.#known.delete(name);
      else if (known?.version === version && known.stream === undefined) known.stream = stream;
      else if (known?.version === version) continue;
      isDifferent = true;
    }
    return isDifferent;
  }

  /** A proxy has left. Returns whether `has` may answer otherwise than before. */
  left(stream: Stream): boolean {
    let isDifferent = false;
    for (const [name, known] of this.#known) {
      if (known.stream !== stream) continue;
      this.#known.delete(name);
      isDifferent = true;
    }
    return isDifferent;
  }

  /** Forgets what no proxy had, when one may have got something by what it asked for. */
  forgetMissing(): void {
    for (const [name, { stream }] of this.#known) if (stream === undefined) this.#known.delete(name);
  }
}
