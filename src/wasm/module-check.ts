import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { parseOciReference } from '../kinds/shape/oci-reference.ts';
import type { Verdict } from './verdict.ts';

interface BackOff {
  nextMs(askedMs?: number): number;
  reset(): void;
}

/** The check of one module for one identity. Namespaces do not share its costs, or the faults of its registry. */
export interface ModuleCheck {
  readonly identity: string;
  readonly namespace: string;
  readonly wanted: WantedModule;
  /** Undefined when the source names no place. */
  readonly registry: RegistryState | undefined;
  readonly keys: Set<ResourceKey>;
  readonly backOff: BackOff;
  verdict: Verdict;
  /** Time when it was last confirmed, in the clock's milliseconds. */
  confirmedAtMs: number | undefined;
  /** Date in milliseconds; undefined while it is due or under way. */
  nextAttemptMs: number | undefined;
  cancel: (() => void) | undefined;
  isRunning: boolean;
}

/** State of a registry or HTTP server for one namespace. */
export interface RegistryState {
  readonly host: string;
  readonly namespace: string;
  readonly breaker: CircuitBreaker;
  checks: number;
  /** Checks that wait for the breaker to close, oldest first. */
  readonly waiting: Set<ModuleCheck>;
  /** Reason of the last check without an answer, in one line. */
  failure: string;
  cancelProbe: (() => void) | undefined;
}

/** Returns the key of a check. A rotated secret makes another one, which runs at once and inherits no verdict. */
export function identityOfModule(
  namespace: string,
  { source, sha256, credentials, ca, pullPolicy }: WantedModule,
): string {
  return contentHash(
    JSON.stringify([
      namespace,
      source.kind,
      source.url,
      sha256 ?? null,
      credentials === undefined ? null : [credentials.username, credentials.password],
      ca ?? null,
      pullPolicy,
    ]),
  );
}

/** Returns the module's host, with a port when the source has one. */
export function registryOf({ source }: WantedModule): string | undefined {
  if (source.kind === 'image') return parseOciReference(source.url)?.registry;
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.host : undefined;
}
