import type { WantedModule } from '../kinds/own/wasm-module.ts';

/** One attempt: may this identity read this module, and which bytes is it? */
export interface FetchRequest extends Pick<WantedModule, 'source' | 'sha256' | 'credentials' | 'ca'> {
  /** Whose module it is: namespaces take turns in what attempts share. */
  readonly namespace: string;
  /** The result of the last attempt. Its bytes are at hand, so they need not be fetched when nothing has changed. */
  readonly known: KnownModule | undefined;
  readonly limits: FetchLimits;
  readonly places: Places;
}

/** A module that was read before, and what tells whether it is still the one. */
export interface KnownModule {
  /** Hex, of the module. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Digest of the manifest of an image, or entity tag of an HTTP response. Empty: it has none. */
  readonly validator: string;
}

export interface FetchLimits {
  /** Time for the whole attempt. */
  readonly attemptTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxModuleBytes: number;
}

/** Where a fetch may go to; see the options of the same names. */
export interface Places {
  readonly allow: readonly string[];
  readonly trust: readonly string[];
  readonly plainHttp: readonly string[];
  /** Addresses and names of the API server; Sluice's own are found out where the fetch is made. */
  readonly refused: readonly string[];
}

/** How an attempt ended. Every message is one line of bounded length, and holds no secret. */
export type FetchResult =
  | {
      readonly kind: 'allowed';
      readonly module: KnownModule;
      /** `known`: it is the module of the request. */
      readonly from: 'known' | 'disk' | 'network';
      /** Undefined when `known`. */
      readonly bytes: Uint8Array | undefined;
    }
  | { readonly kind: 'denied'; readonly reason: DeniedReason; readonly message: string }
  | {
      readonly kind: 'unreachable';
      readonly reason: UnreachableReason;
      readonly message: string;
      /** The wait that the server asked for. */
      readonly retryAfterMs: number;
    };

/** Somebody has to do something. */
export type DeniedReason =
  /** The policy, or what the server sent us to, names no place that modules may come from. */
  | 'place'
  /** 401 or 403. */
  | 'unauthorized'
  /** 404. */
  | 'absent'
  /** Another refusal of the server. */
  | 'refused'
  /** Other bytes than the ones that were asked for. */
  | 'digest'
  /** No WASM module. */
  | 'content'
  /** Larger than allowed, or far larger than it looked. */
  | 'size'
  /** No room for it beside the other modules. */
  | 'memory';

/** It may pass. */
export type UnreachableReason = 'network' | 'tls' | 'timeout' | 'busy' | 'server' | 'bug';

/** A module that this very identity was allowed to read, a while ago and maybe by another process. */
export interface RecalledModule {
  readonly module: KnownModule;
  readonly bytes: Uint8Array;
}

/** Where attempts are made. */
export interface ModuleFetcher {
  /** Reads what the disk has for the identity of the request; undefined: nothing. Asks no server. */
  recall(request: FetchRequest): Promise<RecalledModule | undefined>;
  /** Takes no longer than the attempt's time and a little. Rejects for a bug of ours alone. */
  fetch(request: FetchRequest): Promise<FetchResult>;
  close(): Promise<void>;
}
