import type { Clock } from '../lib/clock.ts';
import { record } from '../kinds/identity.ts';
import { compareVersions } from '../kinds/resource-version.ts';
import type { RowChange } from '../kinds/row.ts';
import type { ApiServer, Body } from './api-server.ts';
import { BackOff } from './back-off.ts';
import { servedVersion } from './discovery.ts';
import { Fault, faultOf } from './fault.ts';
import type { KindRows } from './kind-rows.ts';
import { PagedList } from './paged-list.ts';
import { pause } from './pause.ts';
import { LineSplitter } from './split-lines.ts';
import type { TurnBudget } from './turn-budget.ts';
import { readWatchEvent, type WatchEvent } from './watch-event.ts';
import { underWatchdog, type Heard } from './watchdog.ts';
import { collectionPath, type WatchedResource } from './watched-resource.ts';

/** Collaborators and callbacks of a Reflector. No callback may throw. */
export interface ReflectorPorts {
  readonly api: ApiServer;
  readonly clock: Clock;
  readonly turn: TurnBudget;
  /** Net changes, never empty, of one read of the network or of a part of a list. */
  readonly onChanges: (changes: readonly RowChange[]) => void;
  /** Once, when everything that the API server has was reported; or that it does not serve the kind. */
  readonly onSynced: () => void;
  /** The API server does not serve the kind any more, or not yet: its CRD is not installed. */
  readonly onAbsent?: () => void;
  /** `isNews`: it is of another sort than the last one, or something went well in between. */
  readonly onFault: (fault: Fault, isNews: boolean) => void;
}

/** Bookmarks come once a minute; half as much again without anything, and the connection may be dead. */
const silentMs = 90_000;

/** A watch-list that says nothing for so long before its end is of a server that does not know the end's bookmark. */
const endOfListMs = 10_000;

/** Changes handed on in one turn: about 10 µs each in the store; revise by sluice_event_loop_delay_seconds. */
const changesPerTurn = 500;

/** A watch that was open for so long was good, and what ended it starts a new series of attempts. */
const goodWatchMs = 1000;

/** Server-side end of a watch, as spread as client-go's: moves watches to new API servers and credentials. */
const minWatchSeconds = 300;

/**
 * So many answers that were good to begin with and brought nothing, and the point to resume from is given up: some
 * servers end such a watch without a word where 410 was due (https://github.com/kubernetes/kubernetes/issues/137089).
 */
const maxBarren = 3;

/** Between two questions whether an absent CRD is there by now: the first, and the longest. */
const minProbeMs = 1000;
const maxProbeMs = 10_000;

/**
 * Follows one kind: everything that exists, then every change, for ever. Any fault is answered by another attempt, which
 * goes on where the last one ended when the API server still knows that point, and else lists anew and reports what is
 * different. What was reported stays until the API server says otherwise.
 */
export class Reflector {
  readonly #resource: WatchedResource;
  readonly #namespace: string | undefined;
  readonly #rows: KindRows;
  readonly #ports: ReflectorPorts;
  readonly #pages: PagedList;
  readonly #backOff = new BackOff();
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #version: string;
  /** Where to go on; undefined: a list is needed. */
  #resumeAt: string | undefined;
  /** Answers of 200 that broke or ended before they brought anything, since one last did. */
  #barren = 0;
  #synced = false;
  #absent = false;
  #probeMs = minProbeMs;
  #fault: Fault | undefined;
  #toldFault = '';
  /** Set when the attempt under way has been answered with 200. */
  #isAnswered = false;
  #heardMs: number;

  constructor(
    resource: WatchedResource,
    namespace: string | undefined,
    rows: KindRows,
    ports: ReflectorPorts,
  ) {
    this.#resource = resource;
    this.#namespace = namespace;
    this.#rows = rows;
    this.#ports = ports;
    this.#pages = new PagedList(resource.kind, silentMs, ports.turn);
    this.#version = resource.versions[0];
    this.#heardMs = ports.clock.now();
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** The last failure, until the API server answers again. */
  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** `v1` or `v1beta1`: the version that is followed. */
  get version(): string {
    return this.#version;
  }

  /** Time since the API server was last heard about this kind. */
  get staleMs(): number {
    return this.#ports.clock.now() - this.#heardMs;
  }

  /** Resolves when no callback comes any more. */
  async close(): Promise<void> {
    this.#closing.abort(new Fault('closed', 'the source is closed'));
    await this.#running;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const startMs = this.#ports.clock.now();
      this.#isAnswered = false;
      try {
        await (this.#absent ? this.#probe() : this.#follow());
      } catch (error) {
        this.#rows.dropList();
        if (this.#closed) return;
        if (this.#ports.clock.now() - startMs >= goodWatchMs) this.#backOff.reset();
        await this.#recover(faultOf(error));
      }
    }
  }

  async #recover(fault: Fault): Promise<void> {
    if (fault.reason === 'gone' || this.#barren >= maxBarren) this.#resumeAt = undefined;
    this.#fault = fault;
    const sort = `${fault.reason} ${fault.status}`;
    // A kind in which nothing changes may bring no bookmark for minutes. Only the next attempt shows a dead connection.
    const isIdle = fault.reason === 'silent' && this.#isAnswered && this.#synced;
    this.#ports.onFault(fault, !isIdle && sort !== this.#toldFault);
    if (!isIdle) this.#toldFault = sort;
    await this.#pause(this.#backOff.nextMs(fault.retryAfterMs));
  }

  /** Ends with a fault, be it `closed`, or with a list that a watch is to follow. */
  async #follow(): Promise<void> {
    try {
      if (this.#resumeAt !== undefined) await this.#watch(this.#resumeAt);
      else if (this.#barren > 0) await this.#listPages();
      else await this.#watch(undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.reason === 'absent') await this.#probe();
      // How servers refuse a watch that is to begin with a list.
      else if (this.#resumeAt === undefined && (error.status === 400 || error.status === 422))
        await this.#listPages();
      else throw error;
    }
  }

  /** A watch from `from`, or a list and watch in one. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
  async #watch(from: string | undefined): Promise<void> {
    const parameters = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.round(minWatchSeconds * (1 + Math.random()))),
      resourceVersion: from,
      sendInitialEvents: from === undefined ? 'true' : undefined,
      resourceVersionMatch: from === undefined ? 'NotOlderThan' : undefined,
    };
    const startMs = this.#ports.clock.now();
    await this.#receive(parameters, async (body, heard) => {
      this.#isAnswered = true;
      const barren = this.#barren + 1;
      try {
        await this.#readWatch(body, from === undefined, heard);
      } catch (error) {
        const fault = faultOf(error);
        const isLong = this.#ports.clock.now() - startMs >= goodWatchMs;
        // This does not tell whether such an answer can be used the next time.
        const isOrdinary =
          fault.reason === 'connection' ||
          fault.reason === 'silent' ||
          fault.reason === 'gone' ||
          (fault.reason === 'closed' && isLong);
        if (this.#resumeAt === from && !(from !== undefined && isOrdinary)) this.#barren = barren;
        throw fault;
      }
    });
  }

  async #readWatch(body: Body, isList: boolean, heard: Heard): Promise<void> {
    let listing = isList;
    if (listing) this.#rows.beginList();
    heard(listing ? endOfListMs : silentMs);
    const lines = new LineSplitter();
    for await (const chunk of body) {
      heard(listing ? endOfListMs : silentMs);
      const changes: RowChange[] = [];
      try {
        for (const line of lines.push(chunk)) {
          const event = readWatchEvent(line);
          if (listing) {
            listing = await this.#listEvent(event);
            // From here on silence is no sign of a server that cannot end its list.
            if (!listing) heard(silentMs);
          } else this.#apply(event, changes);
          if (this.#ports.turn.spent) {
            this.#report(changes.splice(0));
            await this.#ports.turn.nextTurn();
          }
          if (this.#closed) return;
        }
      } finally {
        this.#report(changes);
      }
    }
    if (lines.isWithinLine) throw new Fault('garbled', 'the API server ended the watch within a line');
    throw new Fault(
      'closed',
      listing ? 'the API server ended a list too early' : 'the API server ended the watch',
    );
  }

  /** An event before the end of the list; returns whether the list goes on. */
  async #listEvent(event: WatchEvent): Promise<boolean> {
    if (event.kind === 'put') this.#rows.list(event.object);
    else if (event.kind === 'delete') this.#rows.unlist(event.object);
    else if (event.kind === 'bookmark' && event.endsList) {
      await this.#endList(event.resourceVersion);
      return false;
    }
    return true;
  }

  #apply(event: WatchEvent, changes: RowChange[]): void {
    const version = event.kind === 'bookmark' ? event.resourceVersion : versionOf(event.object);
    const order = this.#resumeAt === undefined ? undefined : compareVersions(version, this.#resumeAt);
    const isOld = order !== undefined && order <= 0;
    if (event.kind === 'bookmark') {
      if (!isOld) this.#advance(version);
      return;
    }
    if (isOld) {
      if (this.#rows.isOldNews(event)) return;
      // Within one kind, events come in order. Where they do not, nothing but a list is to be believed.
      throw new Fault('gone', 'the events of the watch are out of order');
    }
    const change = event.kind === 'put' ? this.#rows.put(event.object) : this.#rows.delete(event.object);
    if (change !== undefined) changes.push(change);
    this.#advance(version);
  }

  async #listPages(): Promise<void> {
    this.#rows.beginList();
    const version = await this.#pages.read(
      (parameters, read) => this.#receive(parameters, read),
      (object) => this.#rows.list(object),
    );
    await this.#endList(version);
  }

  async #endList(version: string): Promise<void> {
    const changes = this.#rows.endList();
    this.#progress(version);
    for (let at = 0; at < changes.length && !this.#closed; at += changesPerTurn) {
      if (at > 0) await this.#ports.turn.nextTurn();
      this.#report(changes.slice(at, at + changesPerTurn));
    }
    this.#becomeSynced();
  }

  #becomeSynced(): void {
    if (this.#synced || this.#closed) return;
    this.#synced = true;
    this.#ports.onSynced();
  }

  /** A watch that brings something is in order. A list is not yet, or a server that ends every watch is listed without end. */
  #advance(version: string): void {
    this.#progress(version);
    this.#backOff.reset();
  }

  /** Everything up to this version has been reported, or is about to be in the same turn. */
  #progress(version: string): void {
    this.#resumeAt = version;
    this.#barren = 0;
    this.#toldFault = '';
  }

  #report(changes: readonly RowChange[]): void {
    if (changes.length > 0 && !this.#closed) this.#ports.onChanges(changes);
  }

  /** Finds out which version is served. When none is, there are no objects, and it asks again later. */
  async #probe(): Promise<void> {
    const served = await this.#guarded((signal) => servedVersion(this.#ports.api, this.#resource, signal));
    this.#hear();
    this.#resumeAt = undefined;
    if (served !== undefined) {
      const stays = served === this.#version && !this.#absent;
      this.#absent = false;
      this.#version = served;
      if (stays) throw new Fault('refused', 'the API server says 404 for a resource that it names');
      return;
    }
    if (!this.#absent) {
      this.#ports.onAbsent?.();
      this.#probeMs = minProbeMs;
      this.#rows.beginList();
      await this.#endList('');
      this.#resumeAt = undefined;
      this.#absent = true;
    }
    await this.#pause(this.#probeMs * (0.75 + Math.random() / 4));
    this.#probeMs = Math.min(maxProbeMs, this.#probeMs * 2);
  }

  /** One request under the watchdog, from its first byte to its last. */
  async #receive<T>(
    parameters: Readonly<Record<string, string | undefined>>,
    read: (body: Body, heard: Heard) => Promise<T>,
  ): Promise<T> {
    const { fieldSelector, labelSelector } = this.#resource;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...parameters, fieldSelector, labelSelector })) {
      if (value !== undefined) query.set(name, value);
    }
    const path = collectionPath(this.#resource, this.#version, this.#namespace);
    return this.#guarded(async (signal, heard) =>
      read(await this.#ports.api.get(path, query, signal), heard),
    );
  }

  /** Work that talks to the API server, ended when nothing comes for too long, and when this is closed. */
  async #guarded<T>(work: (signal: AbortSignal, heard: Heard) => Promise<T>): Promise<T> {
    return underWatchdog(this.#ports.clock, this.#closing.signal, silentMs, (signal, heard) =>
      work(signal, (limitMs) => {
        this.#hear();
        heard(limitMs);
      }),
    );
  }

  #hear(): void {
    this.#heardMs = this.#ports.clock.now();
    this.#fault = undefined;
  }

  #pause(delayMs: number): Promise<void> {
    return pause(this.#ports.clock, delayMs, this.#closing.signal);
  }
}

function versionOf(object: unknown): string {
  const version = record(record(object)?.['metadata'])?.['resourceVersion'];
  if (typeof version !== 'string' || version === '')
    throw new Fault('garbled', 'an object of the watch has no resourceVersion');
  return version;
}
