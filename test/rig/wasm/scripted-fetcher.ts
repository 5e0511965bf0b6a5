import type {
  FetchRequest,
  FetchResult,
  ModuleFetcher,
  RecalledModule,
} from '../../../src/wasm/module-fetch.ts';

/** The network as a script: what a registry answers is set by a test, and so is when. */
export class ScriptedFetcher implements ModuleFetcher {
  /** Every request so far. */
  readonly asked: FetchRequest[] = [];
  /** Answers by URL. A URL without one hangs until {@link release}. */
  readonly answers = new Map<string, FetchResult | Error>();
  /** Holds what is on disk, by URL. */
  readonly disk = new Map<string, RecalledModule>();
  readonly #hanging = new Map<string, (() => void)[]>();

  fetch(request: FetchRequest): Promise<FetchResult> {
    this.asked.push(request);
    const { url } = request.source;
    const { promise, resolve, reject } = Promise.withResolvers<FetchResult>();
    const answer = (): void => {
      const found = this.answers.get(url);
      if (found instanceof Error) reject(found);
      else if (found === undefined) this.#hang(url, answer);
      else resolve(known(request, found));
    };
    answer();
    return promise;
  }

  recall({ source }: FetchRequest): Promise<RecalledModule | undefined> {
    return Promise.resolve(this.disk.get(source.url));
  }

  /** Lets the requests that hang have the answer that is there now. */
  release(url: string): void {
    const hanging = this.#hanging.get(url) ?? [];
    this.#hanging.delete(url);
    for (const answer of hanging) answer();
  }

  /** Ends what hangs. */
  close(): Promise<void> {
    for (const url of this.#hanging.keys()) {
      this.answers.set(url, new Error('closed'));
      this.release(url);
    }
    return Promise.resolve();
  }

  #hang(url: string, answer: () => void): void {
    this.#hanging.set(url, [...(this.#hanging.get(url) ?? []), answer]);
  }
}

/** A module of so many bytes, all alike; the hash is made up of them. */
export function given(fill: number, size = 100): Extract<FetchResult, { kind: 'allowed' }> {
  const sha256 = fill.toString(16).padStart(2, '0').repeat(32);
  return {
    kind: 'allowed',
    module: { sha256, size, validator: `v${fill}` },
    from: 'network',
    bytes: new Uint8Array(size).fill(fill),
  };
}

/** Leaves out code that is at hand. */
function known(request: FetchRequest, result: FetchResult): FetchResult {
  if (result.kind !== 'allowed' || request.known?.sha256 !== result.module.sha256) return result;
  return { ...result, from: 'known', bytes: undefined };
}
