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

/**
 * The check of one module for one identity, shared by all policies of a namespace that ask for the same. Not by those of others:
 * what it costs, and how its registry fares with it, is its own namespace's.
 */
export interface ModuleCheck {
  /** Tells checks apart. */
  readonly identity: string;
  readonly namespace: string;
  readonly wanted: WantedModule;
  /** Undefined: the source names no place at all. */
  readonly registry: RegistryState | undefined;
  /** The rows that it is for. */
  readonly keys: Set<ResourceKey>;
  readonly backOff: BackOff;
  verdict: Verdict;
  /** When it was last known to be right, in the clock's milliseconds; undefined before that. */
  confirmedAtMs: number | undefined;
  /** Date of the next attempt, in milliseconds; undefined while it is due or under way. */
  nextAttemptMs: number | undefined;
  /** Cancels the timer of the next check. */
  cancel: (() => void) | undefined;
  isRunning: boolean;
}

/** One registry, or one HTTP server, and how it fares with the modules of a namespace. */
export interface RegistryState {
  /** `HOST` or `HOST:PORT`. */
  readonly host: string;
  readonly namespace: string;
  readonly breaker: CircuitBreaker;
  /** How many checks go there. */
  checks: number;
  /** Those that wait for the breaker to close, oldest first. */
  readonly waiting: Set<ModuleCheck>;
  /** The reason why the last check had no answer, in one line. */
  trouble: string;
  /** Cancels the timer of the next probe. */
  cancelProbe: (() => void) | undefined;
}

/**
 * Equal for what is asked of the same place by the same identity in one namespace. A rotated secret is another one, and so is
 * checked at once and without a verdict that was given to the old.
 */
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

/** The host, with its port when it names one, that a module comes from; undefined when the source names none. */
export function registryOf({ source }: WantedModule): string | undefined {
  if (source.kind === 'image') return parseOciReference(source.url)?.registry;
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.host : undefined;
}
