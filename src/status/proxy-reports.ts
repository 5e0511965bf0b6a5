import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RefusalsOfObject } from './refusals.ts';

interface BackOff {
  nextMs(): number;
  reset(): void;
}

/** Collaborators and callbacks of ProxyReports. */
export interface ProxyReportsPorts {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** Tells the other replicas all parts, in place of what they were told before. Resolves to whether it went well. */
  readonly publish: (parts: readonly string[]) => Promise<boolean>;
  /** Called when another replica's proxies of the Gateway, `namespace/name`, may have other Listeners. */
  readonly onHeard: (gateway: string) => void;
  /** Called when another replica's proxies may refuse something else of the object. */
  readonly onRefusal: (object: ResourceKey) => void;
}

/** Between two writes; the first goes soon. Shorter says sooner that a Gateway is programmed, longer writes less. */
const intervalMs = 500;

/** Time in which reports of one fleet's proxies become one write. */
const gatherMs = 20;

/** Most refused objects in a report: a ConfigMap holds a megabyte. */
const maxRefused = 200;

/**
 * How many Gateways one part tells of. A part is a ConfigMap, which holds a megabyte: 15,000 Gateways of usual names. Fewer
 * make more objects, more come near that bound with long names.
 */
const maxGateways = 4096;

/** Proxies' state at one replica, or a part of it. */
interface Report {
  /** By Gateway: version of its Listeners that proxies have ACKed. */
  readonly listeners: Map<string, string>;
  /** By object. */
  readonly refused: Map<ResourceKey, RefusalsOfObject>;
}

/**
 * Which Listeners the proxies of each replica have ACKed, and what they refuse. A proxy connects to any replica, and the
 * leader alone writes statuses, so the replicas tell each other.
 *
 * A report has the version of the Listeners, which is the same on every replica: a proxy with another one says nothing of ours.
 */
export class ProxyReports {
  readonly #ports: ProxyReportsPorts;
  readonly #own: Report = { listeners: new Map(), refused: new Map() };
  /** By replica and part. */
  readonly #others = new Map<string, Report>();
  /** Undefined at first: what this replica's last process has published is not what this one has. */
  #published: readonly string[] | undefined;
  #notBeforeMs = -Infinity;
  #cancel: (() => void) | undefined;
  #publishing = false;
  #open = false;

  constructor(ports: ProxyReportsPorts) {
    this.#ports = ports;
  }

  /** From here on tells the others. */
  start(): void {
    this.#open = true;
    this.#publishSoon();
  }

  close(): void {
    this.#open = false;
    this.#cancel?.();
  }

  /** Version of the Gateway's Listeners that proxies of this replica have ACKed, undefined for none. */
  setListeners(gateway: string, version: string | undefined): void {
    if (this.#own.listeners.get(gateway) === version) return;
    if (version === undefined) this.#own.listeners.delete(gateway);
    else this.#own.listeners.set(gateway, version);
    this.#publishSoon();
  }

  /** Sets the reasons why proxies of this replica refuse what was made of the object. */
  setRefused(object: ResourceKey, refusals: RefusalsOfObject): void {
    if (refusals.size === 0) {
      if (!this.#own.refused.delete(object)) return;
    } else {
      if (isSame(this.#own.refused.get(object), refusals)) return;
      this.#own.refused.set(object, refusals);
    }
    this.#publishSoon();
  }

  /** Returns true when proxies of another replica have ACKed this version. */
  has(gateway: string, version: string): boolean {
    return this.#others.values().some(({ listeners }) => listeners.get(gateway) === version);
  }

  /** Returns the reasons why proxies of other replicas refuse what was made of the object. */
  refused(object: ResourceKey): RefusalsOfObject {
    const found = new Map<string, string>();
    for (const { refused } of this.#others.values())
      for (const [gateway, message] of refused.get(object) ?? []) found.set(gateway, message);
    return found;
  }

  /** Takes a part that another replica has published; undefined: it is gone. */
  heard(replica: string, part: number, text: string | undefined): void {
    const key = `${replica} ${part}`;
    const before = this.#others.get(key) ?? parse('{}');
    const after = parse(text ?? '{}');
    if (text === undefined) this.#others.delete(key);
    else this.#others.set(key, after);
    for (const gateway of new Set([...before.listeners.keys(), ...after.listeners.keys()]))
      if (before.listeners.get(gateway) !== after.listeners.get(gateway)) this.#ports.onHeard(gateway);
    for (const object of new Set([...before.refused.keys(), ...after.refused.keys()]))
      if (!isSame(before.refused.get(object), after.refused.get(object))) this.#ports.onRefusal(object);
  }

  #publishSoon(): void {
    if (!this.#open || this.#publishing || this.#cancel !== undefined) return;
    const { clock } = this.#ports;
    const delayMs = Math.max(gatherMs, this.#notBeforeMs - clock.now());
    this.#cancel = clock.after(delayMs, () => {
      this.#cancel = undefined;
      return this.#publish();
    });
  }

  async #publish(): Promise<void> {
    const { clock, backOff, publish } = this.#ports;
    const parts = partsOf(this.#own);
    if (parts.length === this.#published?.length && parts.every((text, i) => text === this.#published?.[i]))
      return;
    this.#publishing = true;
    const isDone = await publish(parts);
    this.#publishing = false;
    if (isDone) {
      this.#published = parts;
      backOff.reset();
    }
    this.#notBeforeMs = clock.now() + (isDone ? intervalMs : backOff.nextMs());
    this.#publishSoon();
  }
}

/** Gateways by a hash of their names, so that an edit of one is an edit of one part; refusals are few, and in the first. */
function partsOf({ listeners, refused }: Report): string[] {
  let count = 1;
  while (listeners.size > count * maxGateways) count *= 2;
  const byPart = Map.groupBy(sorted(listeners), ([gateway]) => partOf(gateway, count));
  const told = sorted(refused).slice(0, maxRefused);
  const why = Object.fromEntries(told.map(([object, words]) => [object, Object.fromEntries(sorted(words))]));
  return Array.from({ length: count }, (_, part) =>
    JSON.stringify({
      listeners: Object.fromEntries(byPart.get(part) ?? []),
      refused: part === 0 ? why : {},
    }),
  );
}

/** `count` is a power of two. */
function partOf(gateway: string, count: number): number {
  return Buffer.from(contentHash(gateway), 'base64url').readUInt16BE() & (count - 1);
}

function sorted<K extends string, V>(map: ReadonlyMap<K, V>): [K, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function isSame(a: RefusalsOfObject | undefined, b: RefusalsOfObject | undefined): boolean {
  return a?.size === b?.size && [...(a ?? [])].every(([gateway, message]) => b?.get(gateway) === message);
}

function parse(text: string): Report {
  try {
    const value: unknown = JSON.parse(text);
    const refused = entriesOf(field(value, 'refused')).map(
      ([object, why]): [ResourceKey, RefusalsOfObject] => [object as ResourceKey, new Map(texts(why))],
    );
    return { listeners: new Map(texts(field(value, 'listeners'))), refused: new Map(refused) };
  } catch {
    // Somebody has edited it; the replica's next word is a good one again.
    return { listeners: new Map(), refused: new Map() };
  }
}

function field(value: unknown, name: 'listeners' | 'refused'): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [key in typeof name]: unknown })[name]
    : undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function texts(value: unknown): [string, string][] {
  return entriesOf(value).flatMap(([key, entry]) => (typeof entry === 'string' ? [[key, entry]] : []));
}
