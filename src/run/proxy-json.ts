import type { Clock } from '../lib/clock.ts';
import type { Behind, BehindReason, ProxyState, ProxyTypeState, Unanswered } from '../xds/proxy-state.ts';
import { messageName } from '../publish/type-table.ts';

/** A resource that a proxy lacks, or has in an old version. An absent version means no resource. */
export interface BehindJson {
  readonly name: string;
  /** null: its removal was sent. */
  readonly sent?: string | null;
  readonly acked?: string;
  readonly wanted?: string;
  readonly forMs: number;
  readonly why: string;
  /** Longest time that it still waits. */
  readonly atMostMs?: number;
  /** Message of the NACK. */
  readonly message?: string;
  /** Domain of a rejected VirtualHost, or the rejected chain of a filter slot. */
  readonly domain?: string;
}

export interface ProxyTypeJson {
  readonly type: string;
  readonly wildcard: boolean;
  readonly subscribed: number;
  readonly held: number;
  readonly inFlight?: {
    readonly nonce: string;
    readonly forMs: number;
    readonly resources: number;
    /** By name, up to a limit; null: a removal. */
    readonly versions: Readonly<Record<string, string | null>>;
  };
  /** Number of resources, without refused ones. */
  readonly behind: number;
  readonly refused: number;
  /** Age of the oldest resource that is behind. */
  readonly oldestForMs?: number;
  /** Resources behind or refused, up to a limit. */
  readonly waiting: readonly BehindJson[];
}

export interface ProxyJson {
  readonly proxy: string;
  readonly gateway: string;
  readonly peer?: string;
  readonly envoy?: string;
  /** RFC 3339. */
  readonly connectedAt: string;
  readonly connectedForMs: number;
  /** False while its Gateway has nothing to serve. */
  readonly served: boolean;
  readonly types: readonly ProxyTypeJson[];
}

/** Yields each proxy in short; with an id, those of that id with `resources`. */
export function* proxyList(
  proxies: Iterable<ProxyState>,
  id: string | undefined,
  clock: Clock,
): Generator<ProxyJson & { readonly resources?: IteratorObject<ResourceJson> }> {
  for (const proxy of proxies) {
    if (id === undefined) yield proxyJson(proxy, clock, maxNames);
    else if (proxy.id === id) {
      yield { ...proxyJson(proxy, clock, maxNamesAlone), resources: resourcesOf(proxy) };
    }
  }
}

export interface ProxyDetailsJson extends ProxyJson {
  readonly resources?: readonly ResourceJson[];
}

export interface ResourceJson {
  readonly type: string;
  readonly name: string;
  readonly version: string;
}

/** Names in each list: enough to see the problem, at a bounded cost for each proxy. */
const maxNames = 10;
/** The same for a request with an id. */
const maxNamesAlone = 1000;

function proxyJson(proxy: ProxyState, clock: Clock, limit: number): ProxyJson {
  const { id, fleet, peer, version, connectedAt, served, types } = proxy;
  const now = clock.now();
  const connectedForMs = Math.round(now - connectedAt);
  return {
    proxy: id,
    gateway: fleet,
    ...(peer === undefined ? {} : { peer }),
    ...(version === undefined ? {} : { envoy: version }),
    connectedAt: new Date(clock.wallMs() - connectedForMs).toISOString(),
    connectedForMs,
    served,
    types: types.map((type) => typeJson(type, now, limit)),
  };
}

function typeJson(state: ProxyTypeState, now: number, limit: number): ProxyTypeJson {
  const { type, wildcard, subscribed, inFlight } = state;
  const waiting: BehindJson[] = [];
  let behind = 0;
  let refused = 0;
  let oldest = Infinity;
  for (const item of state.behind()) {
    if (isRejected(item.reason)) refused++;
    else {
      behind++;
      oldest = Math.min(oldest, item.since);
    }
    if (waiting.length < limit) waiting.push(behindJson(item, now));
  }
  return {
    type: messageName(type),
    wildcard,
    subscribed,
    held: count(state.acked()),
    ...(inFlight === undefined ? {} : { inFlight: inFlightJson(inFlight, now, limit) }),
    behind,
    refused,
    ...(behind === 0 ? {} : { oldestForMs: Math.round(now - oldest) }),
    waiting,
  };
}

function inFlightJson({ nonce, sentAt, versions }: Unanswered, now: number, limit: number) {
  const shown = [...versions.entries().take(Math.min(limit, versions.size))];
  return {
    nonce,
    forMs: Math.round(now - sentAt),
    resources: versions.size,
    versions: Object.fromEntries(shown.map(([name, version]) => [name, version ?? null])),
  };
}

function behindJson({ name, sent, acked, wanted, since, reason }: Behind, now: number): BehindJson {
  const until = 'until' in reason ? reason.until : undefined;
  const domain = 'domain' in reason ? reason.domain : undefined;
  return {
    name,
    ...(sent === undefined ? {} : { sent }),
    ...(acked === undefined ? {} : { acked }),
    ...(wanted === undefined ? {} : { wanted }),
    forMs: Math.round(now - since),
    why: behindText(reason),
    ...(until === undefined ? {} : { atMostMs: Math.max(0, Math.round(until - now)) }),
    ...('message' in reason ? { message: reason.message } : {}),
    ...(domain === undefined ? {} : { domain }),
  };
}

export function behindText({ kind }: BehindReason): string {
  return whys[kind];
}

function isRejected({ kind }: BehindReason): boolean {
  return kind === 'rejected' || kind === 'last-good';
}

function* resourcesOf({ types }: ProxyState): Generator<ResourceJson> {
  for (const state of types)
    for (const [name, version] of state.acked()) yield { type: messageName(state.type), name, version };
}

function count(items: Iterable<unknown>): number {
  let sum = 0;
  for (const _ of items) sum++;
  return sum;
}

const whys: Readonly<Record<BehindReason['kind'], string>> = {
  unanswered: 'sent, and not answered yet',
  'response-before': 'waits for the answer to the response before',
  clusters: 'held until the proxy has acknowledged the clusters that it may name',
  'internal-listeners':
    'held until the proxy has acknowledged the listener to which it leads, with its routes',
  'in-use': 'stays until the proxy has acknowledged listeners and routes without it',
  drain: 'stays for requests under way',
  'goes-with-user': 'goes with what uses it',
  rejected: 'this proxy rejects it',
  'last-good': 'a proxy rejected it, so its Gateway is served the last good version',
  'no-view': 'the Gateway has nothing to serve, or the first translation is not complete',
  next: 'goes with the next response',
};
