import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { Places } from '../remote/address-guard.ts';
import type { Denied, Unreachable } from '../remote/attempt-result.ts';

/** Asks whether an identity may read a module, and for its bytes. */
export interface FetchRequest extends Pick<WantedModule, 'source' | 'sha256' | 'credentials' | 'ca'> {
  /** Namespaces share the attempts. */
  readonly namespace: string;
  /** Module of the last attempt: its bytes need no download while it is unchanged. */
  readonly known: KnownModule | undefined;
  readonly limits: FetchLimits;
  readonly places: ModulePlaces;
}

export interface KnownModule {
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Digest of an image's manifest, or entity tag of an HTTP response; empty without one. */
  readonly validator: string;
}

export interface FetchLimits {
  readonly attemptTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxModuleBytes: number;
}

export interface ModulePlaces extends Places {
  /** Registries that are contacted without TLS. */
  readonly plainHttp: readonly string[];
}

/** Outcome of an attempt. Its message is one line of bounded length, without secrets. */
export type FetchResult =
  | {
      readonly kind: 'allowed';
      readonly module: KnownModule;
      /** `known`: the module of the request is unchanged. */
      readonly from: 'known' | 'disk' | 'network';
      readonly bytes: Uint8Array | undefined;
    }
  | Denied
  | { readonly kind: 'denied'; readonly reason: 'memory'; readonly message: string }
  | Unreachable;

/** A module that this identity was allowed to read earlier, maybe by another process. */
export interface RecalledModule {
  readonly module: KnownModule;
  readonly bytes: Uint8Array;
}

export interface ModuleFetcher {
  /** Reads the module of the identity from disk, or undefined. Asks no server. */
  recall(request: FetchRequest): Promise<RecalledModule | undefined>;
  /** Resolves soon after the attempt's time at the latest. Rejects only for a bug. */
  fetch(request: FetchRequest): Promise<FetchResult>;
  close(): Promise<void>;
}
