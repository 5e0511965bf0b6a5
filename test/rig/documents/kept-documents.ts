import { DocumentKeeper } from '../../../src/documents/document-keeper.ts';
import type { DocumentRequest, DocumentResult } from '../../../src/documents/fetch-document.ts';
import { decodeRow } from '../../../src/kinds/decode.ts';
import type { OidcProviderRow } from '../../../src/kinds/own/oidc-provider.ts';
import type { RowChange } from '../../../src/kinds/row.ts';
import { BackOff } from '../../../src/kube/back-off.ts';
import { resourceKey, type ResourceKey } from '../../../src/lib/key.ts';
import { oidcProviderKey } from '../../../src/units/oidc-provider-key.ts';
import { ManualClock } from '../pipeline/manual-clock.ts';
import { SilentLog } from '../pipeline/silent-log.ts';

export const ttlMs = 3_600_000;

/** A DocumentKeeper whose network and time a test sets. */
export class KeptDocuments {
  readonly clock = new ManualClock();
  readonly log = new SilentLog();
  readonly asked: DocumentRequest[] = [];
  readonly reported: { readonly key: ResourceKey; readonly row: OidcProviderRow | undefined }[] = [];
  /** Answers by issuer. Without one, a request hangs until the end. */
  readonly answers = new Map<string, DocumentResult | Error>();
  /** Called with each row; reports in the order of changes. */
  forward: ((change: RowChange) => void) | undefined;
  readonly #hanging: (() => void)[] = [];
  readonly keeper = new DocumentKeeper({
    log: this.log,
    clock: this.clock,
    fetch: (request) => this.#fetch(request),
    options: () => ({
      ttlMs,
      retryMs: 1000,
      maxRetryMs: 300_000,
      maxProbeMs: 30_000,
      parallel: 4,
      limits: { attemptTimeoutMs: 5000, connectTimeoutMs: 3000 },
      places: { allow: [], trust: [], refused: [] },
    }),
    backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
    random: () => 0.5,
    onRow: (change) => {
      this.forward?.(change);
      if (change.kind === 'delete') this.reported.push({ key: change.key, row: undefined });
      else this.reported.push({ key: change.row.key, row: decodeRow('OidcProvider', change.row.bytes) });
    },
  });

  /** The policy asks for the document of `https://<host>`. */
  want(namespace: string, policy: string, host: string | undefined): void {
    const provider = host === undefined ? undefined : { issuer: `https://${host}` };
    this.keeper.set(resourceKey('OidcProvider', namespace, policy), provider);
  }

  answer(host: string, result: DocumentResult | Error): void {
    this.answers.set(`https://${host}`, result);
  }

  row(namespace: string, host: string): OidcProviderRow | undefined {
    const key = oidcProviderKey(namespace, { issuer: `https://${host}` });
    return this.reported.findLast((each) => each.key === key)?.row;
  }

  /** Gives requests that hang the answers of now. */
  release(): void {
    for (const end of this.#hanging.splice(0)) end();
  }

  async close(): Promise<void> {
    const closing = this.keeper.close();
    for (const { issuer } of this.asked) if (!this.answers.has(issuer)) this.answers.set(issuer, noAnswer);
    this.release();
    await closing;
  }

  #fetch(request: DocumentRequest): Promise<DocumentResult> {
    this.asked.push(request);
    return this.#answer(request);
  }

  #answer(request: DocumentRequest): Promise<DocumentResult> {
    const found = this.answers.get(request.issuer);
    if (found instanceof Error) return Promise.reject(found);
    if (found !== undefined) return Promise.resolve(found);
    const { promise, resolve } = Promise.withResolvers<DocumentResult>();
    this.#hanging.push(() => resolve(this.#answer(request)));
    return promise;
  }
}

export const noAnswer = {
  kind: 'unreachable',
  reason: 'timeout',
  message: 'idp does not answer in time',
  retryAfterMs: 0,
} as const;

export const bad = { kind: 'denied', reason: 'content', message: 'the document is no JSON map' } as const;

/** Endpoints of a provider whose paths begin with the text. */
export function known(path = ''): Extract<DocumentResult, { kind: 'known' }> {
  return {
    kind: 'known',
    endpoints: {
      authorizationEndpoint: `https://idp.test/${path}auth`,
      tokenEndpoint: `https://idp.test/${path}token`,
      endSessionEndpoint: undefined,
    },
  };
}
