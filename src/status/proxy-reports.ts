import type { Clock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RejectionsOfObject } from './rejections.ts';

interface BackOff {
  nextMs(): number;
  reset(): void;
}

/** Collaborators and callbacks of ProxyReports. */
export interface ProxyReportsPorts {
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** Sends all parts to the other replicas, in place of those before. Resolves to false on failure. */
  readonly publish: (parts: readonly string[]) => Promise<boolean>;
  /** Called when another replica's proxies of the Gateway, `namespace/name`, may have other Listeners. */
  readonly onListeners: (gateway: string) => void;
  /** Called when another replica's proxies may reject something else of the object. */
  readonly onRejection: (object: ResourceKey) => void;
  /** Called when the proxies of the Gateway, `namespace/name`, may have another problem. */
  readonly onProblem: (gateway: string) => void;
}

/** Time between two writes; the first goes soon. Shorter says sooner that a Gateway is programmed, longer writes less. */
const intervalMs = 500;

/** Time in which reports of one fleet's proxies are gathered into one write. */
const gatherMs = 20;

/** Most rejected objects in a report: a ConfigMap has at most a megabyte. */
const maxRejected = 200;

/** Most Gateways with a problem in a report, and characters of each: half a megabyte at most. */
const maxProblems = 500;
const maxProblemLength = 300;

/**
 * Gateways in one part, a ConfigMap of at most a megabyte: 15,000 Gateways of usual names. Fewer make more objects,
 * more come near that bound with long names.
 */
const maxGateways = 4096;

interface Report {
  readonly listeners: Map<string, string>;
  readonly rejected: Map<ResourceKey, RejectionsOfObject>;
  /** By Gateway: why its proxies cannot be run as they should be. */
  readonly problems: Map<string, string>;
}

function emptyReport(): Report {
  return { listeners: new Map(), rejected: new Map(), problems: new Map() };
}

/**
 * Exchanges between replicas which Listeners proxies have ACKed, and what they reject: a proxy connects to any
 * replica, and the leader alone writes statuses.
 *
 * A report has the version of the Listeners, which is equal on every replica; a report of another version does not
 * count.
 */
export class ProxyReports {
  readonly #ports: ProxyReportsPorts;
  readonly #own = emptyReport();
  readonly #others = new Map<string, Report>();
  /** Undefined at first: the last process of this replica may have published something else. */
  #published: readonly string[] | undefined;
  #notBeforeMs = -Infinity;
  #cancel: (() => void) | undefined;
  #publishing = false;
  #open = false;

  constructor(ports: ProxyReportsPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#open = true;
    this.#publishSoon();
  }

  close(): void {
    this.#open = false;
    this.#cancel?.();
  }

  /** Sets the version of the Gateway's Listeners that proxies of this replica have ACKed; undefined: none. */
  setListeners(gateway: string, version: string | undefined): void {
    if (this.#own.listeners.get(gateway) === version) return;
    if (version === undefined) this.#own.listeners.delete(gateway);
    else this.#own.listeners.set(gateway, version);
    this.#publishSoon();
  }

  setRejected(object: ResourceKey, rejections: RejectionsOfObject): void {
    if (rejections.size === 0) {
      if (!this.#own.rejected.delete(object)) return;
    } else {
      if (isSame(this.#own.rejected.get(object), rejections)) return;
      this.#own.rejected.set(object, rejections);
    }
    this.#publishSoon();
  }

  /** Sets why the proxies of a Gateway cannot be run as they should be; undefined: they can. */
  setProblem(gateway: string, message: string | undefined): void {
    const text = message?.slice(0, maxProblemLength);
    if (this.#own.problems.get(gateway) === text) return;
    if (text === undefined) this.#own.problems.delete(gateway);
    else this.#own.problems.set(gateway, text);
    this.#publishSoon();
  }

  has(gateway: string, version: string): boolean {
    return this.#others.values().some(({ listeners }) => listeners.get(gateway) === version);
  }

  rejected(object: ResourceKey): RejectionsOfObject {
    const found = new Map<string, string>();
    for (const { rejected } of this.#others.values())
      for (const [gateway, message] of rejected.get(object) ?? []) found.set(gateway, message);
    return found;
  }

  /** Returns why another replica cannot run the proxies of a Gateway as they should be. */
  problem(gateway: string): string | undefined {
    return this.#others
      .values()
      .map(({ problems }) => problems.get(gateway))
      .find((message) => message !== undefined);
  }

  /** Takes a part that another replica has published; undefined: it has been removed. */
  receive(replica: string, part: number, text: string | undefined): void {
    const key = `${replica} ${part}`;
    const before = this.#others.get(key) ?? parse('{}');
    const after = parse(text ?? '{}');
    if (text === undefined) this.#others.delete(key);
    else this.#others.set(key, after);
    const { onListeners, onRejection, onProblem } = this.#ports;
    for (const gateway of different(before.listeners, after.listeners)) onListeners(gateway);
    for (const gateway of different(before.problems, after.problems)) onProblem(gateway);
    for (const object of different(before.rejected, after.rejected, isSame)) onRejection(object);
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

/** Splits Gateways by a hash of their names, so that an edit of one changes one part. Rejections and problems are in the first. */
function partsOf({ listeners, rejected, problems }: Report): string[] {
  let count = 1;
  while (listeners.size > count * maxGateways) count *= 2;
  const byPart = Map.groupBy(sorted(listeners), ([gateway]) => partOf(gateway, count));
  const sent = sorted(rejected).slice(0, maxRejected);
  const why = Object.fromEntries(
    sent.map(([object, messages]) => [object, Object.fromEntries(sorted(messages))]),
  );
  const ofProxies = Object.fromEntries(sorted(problems).slice(0, maxProblems));
  return Array.from({ length: count }, (_, part) =>
    JSON.stringify({
      listeners: Object.fromEntries(byPart.get(part) ?? []),
      refused: part === 0 ? why : {},
      // Absent in most notes, and in all of releases before it was added.
      ...(part === 0 && problems.size > 0 ? { problems: ofProxies } : {}),
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

/** Returns the keys of which only one map has an entry, or of which the entries differ. */
function different<K, V>(
  before: ReadonlyMap<K, V>,
  after: ReadonlyMap<K, V>,
  isEqual: (a: V | undefined, b: V | undefined) => boolean = Object.is,
): K[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => !isEqual(before.get(key), after.get(key)));
}

function isSame(a: RejectionsOfObject | undefined, b: RejectionsOfObject | undefined): boolean {
  return a?.size === b?.size && [...(a ?? [])].every(([gateway, message]) => b?.get(gateway) === message);
}

function parse(text: string): Report {
  try {
    const value: unknown = JSON.parse(text);
    const rejected = entriesOf(field(value, 'refused')).map(
      ([object, why]): [ResourceKey, RejectionsOfObject] => [object as ResourceKey, new Map(texts(why))],
    );
    return {
      listeners: new Map(texts(field(value, 'listeners'))),
      rejected: new Map(rejected),
      problems: new Map(texts(field(value, 'problems'))),
    };
  } catch {
    // A person has edited it; the replica's next report replaces it.
    return emptyReport();
  }
}

function field(value: unknown, name: 'listeners' | 'refused' | 'problems'): unknown {
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
