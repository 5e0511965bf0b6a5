import { hash } from 'node:crypto';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import { denied } from '../remote/fetch-failure.ts';
import { readBody, statusFailure, type GuardedHttp, type GuardedResponse } from '../remote/guarded-http.ts';
import { manifestTypes } from './image-manifest.ts';
import type { OciReference } from '../kinds/shape/oci-reference.ts';
import { basic, mayHaveCredentials, parseChallenge, type Challenge } from './registry-auth.ts';

export interface RegistryClientOptions {
  readonly http: GuardedHttp;
  readonly reference: OciReference;
  readonly credentials: WantedModule['credentials'];
  readonly isPlain: boolean;
  readonly signal: AbortSignal;
}

/** The OCI distribution spec requires registries to accept this size; manifests are far smaller. */
const maxManifestBytes = 4 * 1024 * 1024;

const maxTokenBytes = 256 * 1024;

/**
 * Reads one image of a registry: https://github.com/opencontainers/distribution-spec/blob/main/spec.md. Verifies
 * digests. Methods throw a FetchFailure.
 */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #base: URL;
  #authorization: string | undefined;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    const { registry, repository } = options.reference;
    this.#base = new URL(`${options.isPlain ? 'http' : 'https'}://${registry}/v2/${repository}/`);
  }

  /** Returns the hex digest of the reference's manifest; undefined when the registry does not give it for a HEAD. */
  async head(): Promise<string | undefined> {
    const { reference } = this.#options;
    const response = await this.#request('HEAD', `manifests/${reference.reference}`, manifestTypes);
    await response.body.dump();
    // Only a GET has a body with the reason of a refusal.
    if (response.status !== 200) return undefined;
    const header = response.headers['docker-content-digest'];
    return /^sha256:([0-9a-f]{64})$/.exec(String(header))?.[1];
  }

  /** `reference`: a tag, or `sha256:…`. */
  async manifest(reference: string): Promise<{ readonly text: string; readonly digest: string }> {
    const { registry } = this.#options.reference;
    const bytes = await this.#read(`manifests/${reference}`, manifestTypes, maxManifestBytes);
    const digest = hash('sha256', bytes, 'hex');
    if (reference.startsWith('sha256:') && reference !== `sha256:${digest}`)
      throw denied('digest', `${registry} gives another manifest than the one of that digest`);
    return { text: new TextDecoder().decode(bytes), digest };
  }

  async blob(digest: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const { registry } = this.#options.reference;
    const bytes = await this.#read(`blobs/sha256:${digest}`, '*/*', maxBytes);
    if (hash('sha256', bytes, 'hex') !== digest)
      throw denied('digest', `${registry} gives other bytes than the ones of that digest`);
    return bytes;
  }

  async #read(path: string, accept: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const { signal } = this.#options;
    const response = await this.#request('GET', path, accept);
    if (response.status !== 200) throw await statusFailure(response, signal);
    return readBody(response, maxBytes, signal);
  }

  /** Logs in once when asked to; a second refusal is final. */
  async #request(method: 'GET' | 'HEAD', path: string, accept: string): Promise<GuardedResponse> {
    const { http } = this.#options;
    const url = new URL(path, this.#base);
    const ask = (): Promise<GuardedResponse> =>
      http.request(url, { method, headers: { accept }, authorization: this.#authorization });
    const first = await ask();
    const challenge = first.status === 401 ? parseChallenge(first.headers['www-authenticate']) : undefined;
    if (challenge === undefined || this.#authorization !== undefined) return first;
    this.#authorization = await this.#logIn(challenge);
    if (this.#authorization === undefined) return first;
    await first.body.dump();
    return ask();
  }

  /** Returns undefined without credentials to use. */
  async #logIn(challenge: Challenge): Promise<string | undefined> {
    const { credentials, http, reference, signal } = this.#options;
    if (challenge.kind === 'basic') return credentials && basic(credentials);
    const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
    if (realm?.protocol !== 'https:' && realm?.protocol !== this.#base.protocol)
      throw denied('place', `${reference.registry} sends for a token to where no module may come from`);
    if (credentials !== undefined && !mayHaveCredentials(this.#base, realm))
      throw denied(
        'place',
        `${reference.registry} sends for a token to ${realm.host}, which may not have its credentials`,
      );
    realm.searchParams.set('scope', `repository:${reference.repository}:pull`);
    if (challenge.service !== undefined) realm.searchParams.set('service', challenge.service);
    const response = await http.request(realm, { authorization: credentials && basic(credentials) });
    if (response.status !== 200) throw await statusFailure(response, signal);
    const token = tokenOf(new TextDecoder().decode(await readBody(response, maxTokenBytes, signal)));
    if (token === undefined) throw denied('refused', `${realm.host} gives no token`);
    return `Bearer ${token}`;
  }
}

function tokenOf(text: string): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as {
      token?: unknown;
      access_token?: unknown;
    };
    const found = token ?? accessToken;
    return typeof found === 'string' && /^[\u0021-\u007e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
