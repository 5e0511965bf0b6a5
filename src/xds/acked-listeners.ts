import { typeUrl, type TypeUrl } from '../publish/type-table.ts';

interface Stream {
  hasVersion(type: TypeUrl, name: string, version: string): boolean;
}

/** Knows which Listeners a proxy of a fleet has ACKed, in O(1) while the proxy that it remembers for each has it. */
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

  /** Called when a proxy has these versions. Returns true when `has` may answer otherwise than before. */
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

  /** Called when a proxy disconnects. Returns true when `has` may answer otherwise than before. */
  left(stream: Stream): boolean {
    let isDifferent = false;
    for (const [name, known] of this.#known) {
      if (known.stream !== stream) continue;
      this.#known.delete(name);
      isDifferent = true;
    }
    return isDifferent;
  }

  /** Searches again for Listeners that no proxy had. */
  forgetMissing(): void {
    for (const [name, { stream }] of this.#known) if (stream === undefined) this.#known.delete(name);
  }
}
