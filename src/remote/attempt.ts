import type { Clock } from '../lib/clock.ts';
import { AddressGuard, type Places, type PlaceWords } from './address-guard.ts';
import type { Failure } from './attempt-result.ts';
import { FetchFailure, unreachable } from './fetch-failure.ts';
import { GuardedHttp } from './guarded-http.ts';
import type { FairNameLookup } from './name-lookup.ts';

export interface AttemptRequest {
  /** Namespaces share the attempts. */
  readonly namespace: string;
  /** PEM, in addition to the authorities of the system. */
  readonly ca: string | undefined;
  readonly limits: { readonly attemptTimeoutMs: number; readonly connectTimeoutMs: number };
  readonly places: Places;
}

export interface AttemptPorts {
  readonly clock: Clock;
  readonly lookup: FairNameLookup;
  readonly ownAddresses: () => readonly string[];
}

/** Gives `run` a client for one attempt, and ends it in time. Rejects only for a bug. */
export async function attempt<T>(
  { namespace, ca, limits, places }: AttemptRequest,
  words: PlaceWords,
  ports: AttemptPorts,
  run: (http: GuardedHttp, signal: AbortSignal) => Promise<T>,
): Promise<T | Failure> {
  const lookup = (host: string): Promise<readonly string[]> => ports.lookup(host, namespace);
  const deadline = new AbortController();
  const cancel = ports.clock.after(limits.attemptTimeoutMs, () => deadline.abort());
  const { signal } = deadline;
  const guard = new AddressGuard(places, ports.ownAddresses(), words);
  const http = new GuardedHttp({ guard, lookup, ca, connectTimeoutMs: limits.connectTimeoutMs, signal });
  try {
    return await run(http, signal);
  } catch (error) {
    if (error instanceof FetchFailure) return error.result;
    if (signal.aborted) return unreachable('timeout', 'there was not enough time').result;
    throw error;
  } finally {
    cancel();
    await http.close();
  }
}
