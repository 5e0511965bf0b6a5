import type { FleetKey } from '../units/fleet-key.ts';
import type { TypeUrl } from '../publish/type-table.ts';

/** The reason for which a proxy does not have a resource as it should be. Times are on the clock's scale. */
export type BehindReason =
  /** It has been sent, and the proxy has not answered yet. */
  | { readonly kind: 'unanswered' }
  /** The proxy has not answered the response of that type before. */
  | { readonly kind: 'response-before' }
  /** It may name clusters that the proxy has not ACKed. At `until` it goes all the same. */
  | { readonly kind: 'clusters'; readonly until: number }
  /** It is to be removed when the proxy has ACKed listeners and routes that do not name it; at `until` if it was sent those. */
  | { readonly kind: 'in-use'; readonly until: number | undefined }
  /** It is removed at `until`, when requests under way are done with it. */
  | { readonly kind: 'drain'; readonly until: number }
  /** Endpoints that the proxy drops by itself, with their cluster. */
  | { readonly kind: 'goes-with-cluster' }
  /** The proxy rejects it, in its own words; others may take it. */
  | { readonly kind: 'refused'; readonly message: string }
  /** All proxies of the Gateway are served the last good version, since one rejected this one, in its own words. */
  | { readonly kind: 'last-good'; readonly message: string; readonly domain: string | undefined }
  /** Its Gateway has nothing to serve, or the first translation is not complete. */
  | { readonly kind: 'no-view' }
  /** It goes with the next response, when the change that it belongs to is in force. */
  | { readonly kind: 'next' };

/** A resource that a proxy does not have as it should be. */
export interface Behind {
  readonly name: string;
  /** Version in the response that the proxy has not answered; null: its removal; undefined: it is not in it. */
  readonly sent: string | null | undefined;
  /** Version that the proxy has, by its own word; undefined: none. */
  readonly acked: string | undefined;
  /** Version that it should have; undefined: none. */
  readonly wanted: string | undefined;
  /** Since when it has not what it should have. */
  readonly since: number;
  readonly reason: BehindReason;
}

/** A response that a proxy has not answered. */
export interface Unanswered {
  readonly nonce: string;
  readonly sentAt: number;
  /** Version by name; undefined: a removal. */
  readonly versions: ReadonlyMap<string, string | undefined>;
}

/** State of one type that one proxy asks for. */
export interface ProxyTypeState {
  readonly type: TypeUrl;
  /** It wants everything of the type. */
  readonly wildcard: boolean;
  /** Names that it has asked for by themselves. */
  readonly subscribed: number;
  readonly inFlight: Unanswered | undefined;
  /** Read it at once: it is made from the living state, in O(what is behind). */
  behind(): Iterable<Behind>;
  /** All that the proxy has, version by name; O(what it asks for), so not to be asked of each proxy in one go. */
  acked(): Iterable<readonly [name: string, version: string]>;
}

/** One connected proxy: who it is, and what it has. A proxy is a stream: two may have the same id. */
export interface ProxyState {
  readonly id: string;
  /** As the proxy says it. */
  readonly fleet: FleetKey;
  /** `address:port`; undefined for one in the same process. */
  readonly peer: string | undefined;
  /** Version of the proxy's program, such as `1.40.0`; undefined: it does not say. */
  readonly version: string | undefined;
  readonly connectedAt: number;
  /** False while its Gateway has nothing to serve. */
  readonly served: boolean;
  /** The types that it has asked for, in the order in which they are sent. */
  readonly types: readonly ProxyTypeState[];
}

/** Counts all connected proxies together, for one type. */
export interface TypeTotals {
  /** Proxies that have not everything of the type as it should be. */
  behind: number;
  /** When the oldest change reached Sluice that a proxy has not answered; undefined: there is none. */
  oldest: number | undefined;
  /** Resources that are served at their last good version. */
  lastGood: number;
  /** Resources that single proxies reject though others take them, counted for each proxy. */
  rejected: number;
}
