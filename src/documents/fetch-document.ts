import type { Places, PlaceWords } from '../remote/address-guard.ts';
import { attempt, type AttemptPorts } from '../remote/attempt.ts';
import type { Failure } from '../remote/attempt-result.ts';
import { denied } from '../remote/fetch-failure.ts';
import { readBody, statusFailure, type GuardedHttp } from '../remote/guarded-http.ts';
import { parseDiscovery, type Endpoints } from './discovery.ts';

export interface DocumentRequest {
  readonly namespace: string;
  readonly issuer: string;
  /** PEM. Trusted in addition to the authorities of the system. */
  readonly ca: string | undefined;
  readonly limits: { readonly attemptTimeoutMs: number; readonly connectTimeoutMs: number };
  readonly places: Places;
}

export type DocumentResult = { readonly kind: 'known'; readonly endpoints: Endpoints } | Failure;

/** Documents of large providers have 5 KiB. */
const maxBytes = 65_536;

const words: PlaceWords = { thing: 'document', option: 'documents.allow' };

/** Runs one attempt. Ends in time; rejects only for a bug. */
export function fetchDocument(request: DocumentRequest, ports: AttemptPorts): Promise<DocumentResult> {
  return attempt(request, words, ports, (http, signal) => read(request.issuer, http, signal));
}

async function read(issuer: string, http: GuardedHttp, signal: AbortSignal): Promise<DocumentResult> {
  const url = documentUrl(issuer);
  if (url === undefined) throw denied('place', 'the issuer is no URL with https');
  const response = await http.request(url, { headers: { accept: 'application/json' } });
  if (response.status !== 200) throw await statusFailure(response, signal);
  const text = new TextDecoder().decode(await readBody(response, maxBytes, signal));
  const found = parseDiscovery(text, issuer);
  if (found.kind === 'bad') throw denied('content', `the document of ${response.host} ${found.problem}`);
  return { kind: 'known', endpoints: found.endpoints };
}

/** Only `https`: anybody on the way could send people to another place to log in. */
function documentUrl(issuer: string): URL | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '')
    return undefined;
  return new URL(`${url.origin}${url.pathname.replace(/\/$/, '')}/.well-known/openid-configuration`);
}

/** Returns the host of an issuer, with a port when it has one; undefined: it names no server. */
export function hostOfIssuer(issuer: string): string | undefined {
  return documentUrl(issuer)?.host;
}
