import { hash } from 'node:crypto';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { statusFailure, readBody, type GuardedHttp } from '../remote/guarded-http.ts';
import type { KnownModule } from './module-fetch.ts';
import { basic } from './registry-auth.ts';

export interface HttpSourceOptions {
  readonly http: GuardedHttp;
  /** `http` or `https`; may hold a user and a password. */
  readonly url: URL;
  readonly credentials: WantedModule['credentials'];
  readonly signal: AbortSignal;
}

/** Reads one file of an HTTP server. Methods throw a FetchFailure. */
export class HttpSource {
  readonly #options: HttpSourceOptions;
  readonly #url: URL;
  readonly #authorization: string | undefined;

  constructor(options: HttpSourceOptions) {
    const { url, credentials } = options;
    this.#options = options;
    this.#url = new URL(url);
    this.#url.username = '';
    this.#url.password = '';
    this.#url.hash = '';
    const own =
      url.username === '' ? undefined : { username: text(url.username), password: text(url.password) };
    const used = credentials ?? own;
    this.#authorization = used && basic(used);
  }

  async mayRead(): Promise<boolean> {
    const { http } = this.#options;
    const response = await http.request(this.#url, { method: 'HEAD', authorization: this.#authorization });
    await response.body.dump();
    return response.status === 200;
  }

  /** Returns undefined when the file is `known`. */
  async read(
    known: KnownModule | undefined,
    maxBytes: number,
  ): Promise<
    { readonly bytes: Uint8Array; readonly sha256: string; readonly validator: string } | undefined
  > {
    const { http, signal } = this.#options;
    const validator = known?.validator ?? '';
    const headers = validator === '' ? {} : { 'if-none-match': validator };
    const response = await http.request(this.#url, { headers, authorization: this.#authorization });
    if (response.status === 304 && validator !== '') {
      await response.body.dump();
      return undefined;
    }
    if (response.status !== 200) throw await statusFailure(response, signal);
    const tag = response.headers['etag'];
    const bytes = await readBody(response, maxBytes, signal);
    return { bytes, sha256: hash('sha256', bytes, 'hex'), validator: typeof tag === 'string' ? tag : '' };
  }
}

/** Decodes escapes; a `%` without one is itself. */
function text(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}
