import type { FleetKey } from '../units/fleet-key.ts';
import type { TypeUrl } from '../publish/type-table.ts';

/** Reason why a proxy lacks the wanted version of a resource. Times are on the clock's scale. */
export type BehindReason =
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'response-before' }
  /** Waits for the ACK of clusters, at most until `until`. */
  | { readonly kind: 'clusters'; readonly until: number }
  /** Waits until the proxy has the internal listeners to which routes may lead, at most until `until`. */
  | { readonly kind: 'internal-listeners'; readonly until: number }
  /** Is removed when the proxy has ACKed listeners and routes without it; at `until` if it was sent those. */
  | { readonly kind: 'in-use'; readonly until: number | undefined }
  /** Is removed at `until`, after requests under way. */
  | { readonly kind: 'drain'; readonly until: number }
  /** Endpoints that the proxy removes with their cluster, or a VirtualHost with its RouteConfiguration. */
  | { readonly kind: 'goes-with-user' }
  /** The proxy rejects it; others may accept it. */
  | { readonly kind: 'rejected'; readonly message: string }
  /** Proxies of the Gateway get the last good version, since one rejected this one. */
  | { readonly kind: 'last-good'; readonly message: string; readonly domain: string | undefined }
  /** No view yet: the Gateway has no resources, or the first translation is not complete. */
  | { readonly kind: 'no-view' }
  /** Goes with the next response, when its wave is in force. */
  | { readonly kind: 'next' };

/** Resource whose wanted version a proxy lacks. */
export interface Behind {
  readonly name: string;
  /** Version in the unanswered response; null: its removal; undefined: not in it. */
  readonly sent: string | null | undefined;
  readonly acked: string | undefined;
  readonly wanted: string | undefined;
  readonly since: number;
  readonly reason: BehindReason;
}

export interface Unanswered {
  readonly nonce: string;
  readonly sentAt: number;
  readonly versions: ReadonlyMap<string, string | undefined>;
}

export interface ProxyTypeState {
  readonly type: TypeUrl;
  readonly wildcard: boolean;
  readonly subscribed: number;
  readonly inFlight: Unanswered | undefined;
  /** Has to be read at once: it reads the state of the stream, in O(differences). */
  behind(): Iterable<Behind>;
  /** Lists versions by name; O(subscription), so not to be called for every proxy at once. */
  acked(): Iterable<readonly [name: string, version: string]>;
}

/** Connected proxy. Two streams are two proxies, even with the same id. */
export interface ProxyState {
  readonly id: string;
  readonly fleet: FleetKey;
  /** `address:port`; undefined in the same process. */
  readonly peer: string | undefined;
  /** Version of the proxy, such as `1.40.0`; undefined: not given. */
  readonly version: string | undefined;
  readonly connectedAt: number;
  readonly served: boolean;
  readonly types: readonly ProxyTypeState[];
}

/** Totals of all connected proxies for one type. */
export interface TypeTotals {
  /** Proxies that lack the wanted version of a resource. */
  behind: number;
  /** Time of the oldest change without an answer; undefined: none. */
  oldest: number | undefined;
  lastGood: number;
  /** Resources that a proxy rejects and others accept, counted for each proxy. */
  rejected: number;
}
