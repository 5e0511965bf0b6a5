import type { OidcProviderRow } from '../kinds/own/oidc-provider.ts';
import type { Endpoints } from './discovery.ts';
import type { DocumentResult } from './fetch-document.ts';

/** Endpoints of a provider as last found. */
export interface DocumentVerdict {
  readonly state: OidcProviderRow['state'];
  readonly endpoints: Endpoints | undefined;
  readonly sinceMs: number;
  readonly message: string | undefined;
}

export function unasked(nowMs: number): DocumentVerdict {
  return { state: 'unknown', endpoints: undefined, sinceMs: nowMs, message: undefined };
}

/** Returns the verdict after an attempt. No failure takes away what was known: the last good document stays. */
export function judgeDocument(
  before: DocumentVerdict,
  result: DocumentResult,
  nowMs: number,
): DocumentVerdict {
  if (result.kind === 'known') {
    const sinceMs = before.state === 'known' ? before.sinceMs : nowMs;
    return { state: 'known', endpoints: result.endpoints, sinceMs, message: undefined };
  }
  const { kind, message } = result;
  if (before.state === 'known') return { ...before, message };
  return {
    state: kind,
    endpoints: undefined,
    sinceMs: before.state === kind ? before.sinceMs : nowMs,
    message,
  };
}
