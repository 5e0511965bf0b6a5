import type {
  FetchRequest,
  FetchResult,
  ModuleFetcher,
  RecalledModule,
} from '../../../src/wasm/module-fetch.ts';

/** A network whose answers, and their times, a test sets. */
export class ScriptedFetcher implements ModuleFetcher {
  readonly asked: FetchRequest[] = [];
  /** Answers by URL. Without one, a request hangs until {@link release}. */
  readonly answers = new Map<string, FetchResult | Error>();
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

  release(url: string): void {
    const hanging = this.#hanging.get(url) ?? [];
    this.#hanging.delete(url);
    for (const answer of hanging) answer();
  }

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

/** So many equal bytes; the hash is made up from them. */
export function given(fill: number, size = 100): Extract<FetchResult, { kind: 'allowed' }> {
  const sha256 = fill.toString(16).padStart(2, '0').repeat(32);
  return {
    kind: 'allowed',
    module: { sha256, size, validator: `v${fill}` },
    from: 'network',
    bytes: new Uint8Array(size).fill(fill),
  };
}

function known(request: FetchRequest, result: FetchResult): FetchResult {
  if (result.kind !== 'allowed' || request.known?.sha256 !== result.module.sha256) return result;
  return { ...result, from: 'known', bytes: undefined };
}
