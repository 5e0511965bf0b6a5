import { compareVersions } from '../kinds/resource-version.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Body } from './api-server.ts';
import { BackOff } from './back-off.ts';
import { Fault, faultOf } from './fault.ts';
import { KindRequests } from './kind-requests.ts';
import type { KindRows } from './kind-rows.ts';
import { PagedList } from './paged-list.ts';
import type { ReflectorPorts } from './reflector-ports.ts';
import { LineSplitter } from './split-lines.ts';
import { readWatchEvent, versionOf, type WatchEvent } from './watch-event.ts';
import type { Extend } from './watchdog.ts';
import type { WatchedResource } from './watched-resource.ts';

/** Bookmarks come once a minute. After 90 s of silence the connection may be dead. */
const silentMs = 90_000;

/** After this silence before the end of a watch-list, the server does not know the bookmark that ends it. */
const endOfListMs = 10_000;

/** Changes reported in one turn: about 10 µs each in the store; revise by sluice_event_loop_delay_seconds. */
const changesPerTurn = 500;

/** A watch that was open for so long was good: its end starts a new series of attempts. */
const goodWatchMs = 1000;

/** Server-side end of a watch, as spread as client-go's: moves watches to new API servers and credentials. */
const minWatchSeconds = 300;

/**
 * After so many answers that started well and brought nothing, the reflector lists again: some servers end such a watch
 * silently where 410 was due (https://github.com/kubernetes/kubernetes/issues/137089).
 */
const maxBarren = 3;

const minProbeMs = 1000;
const maxProbeMs = 10_000;

/**
 * Follows one kind: all objects, then every change. After a fault it resumes where the last attempt ended, or lists
 * again when the API server no longer knows that point, and reports the differences. Reported rows stay until the API
 * server says otherwise.
 */
export class Reflector {
  readonly #rows: KindRows;
  readonly #ports: ReflectorPorts;
  readonly #requests: KindRequests;
  readonly #pages: PagedList;
  readonly #backOff = new BackOff();
  #running: Promise<void> | undefined;
  #resumeAt: string | undefined;
  /** Answers of 200 in a row that ended before they brought anything. */
  #barren = 0;
  #synced = false;
  #absent = false;
  #probeMs = minProbeMs;
  #reportedFault = '';
  #isAnswered = false;

  constructor(
    resource: WatchedResource,
    namespace: string | undefined,
    rows: KindRows,
    ports: ReflectorPorts,
  ) {
    this.#rows = rows;
    this.#ports = ports;
    this.#pages = new PagedList(resource.kind, silentMs, ports.turn);
    this.#requests = new KindRequests(resource, namespace, silentMs, ports);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get synced(): boolean {
    return this.#synced;
  }

  get fault(): Fault | undefined {
    return this.#requests.fault;
  }

  get version(): string {
    return this.#requests.version;
  }

  get staleMs(): number {
    return this.#requests.staleMs;
  }

  async close(): Promise<void> {
    this.#requests.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#requests.closed) {
      const startMs = this.#ports.clock.now();
      this.#isAnswered = false;
      try {
        await (this.#absent ? this.#probe() : this.#follow());
      } catch (error) {
        this.#rows.dropList();
        if (this.#requests.closed) return;
        if (this.#ports.clock.now() - startMs >= goodWatchMs) this.#backOff.reset();
        await this.#recover(faultOf(error));
      }
    }
  }

  async #recover(fault: Fault): Promise<void> {
    if (fault.reason === 'gone' || this.#barren >= maxBarren) this.#resumeAt = undefined;
    this.#requests.fault = fault;
    const sort = `${fault.reason} ${fault.status}`;
    // A kind in which nothing changes may bring no bookmark for minutes. Only the next attempt shows a dead connection.
    const isIdle = fault.reason === 'silent' && this.#isAnswered && this.#synced;
    this.#ports.onFault(fault, !isIdle && sort !== this.#reportedFault);
    if (!isIdle) this.#reportedFault = sort;
    await this.#requests.pause(this.#backOff.nextMs(fault.retryAfterMs));
  }

  async #follow(): Promise<void> {
    try {
      if (this.#resumeAt !== undefined) await this.#watch(this.#resumeAt);
      else if (this.#barren > 0) await this.#listPages();
      else await this.#watch(undefined);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.reason === 'absent') await this.#probe();
      // Servers refuse a watch that begins with a list in this way.
      else if (this.#resumeAt === undefined && (error.status === 400 || error.status === 422))
        await this.#listPages();
      else throw error;
    }
  }

  /** Watches from `from`, or lists and watches in one. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
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
    await this.#requests.receive(parameters, async (body, extend) => {
      this.#isAnswered = true;
      const barren = this.#barren + 1;
      try {
        await this.#readWatch(body, from === undefined, extend);
      } catch (error) {
        const fault = faultOf(error);
        const isLong = this.#ports.clock.now() - startMs >= goodWatchMs;
        // These faults do not show that the resume point is bad.
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

  async #readWatch(body: Body, isList: boolean, extend: Extend): Promise<void> {
    let listing = isList;
    if (listing) this.#rows.beginList();
    extend(listing ? endOfListMs : silentMs);
    const lines = new LineSplitter();
    for await (const chunk of body) {
      extend(listing ? endOfListMs : silentMs);
      const changes: RowChange[] = [];
      try {
        for (const line of lines.push(chunk)) {
          const event = readWatchEvent(line);
          if (listing) {
            listing = await this.#listEvent(event);
            if (!listing) extend(silentMs);
          } else this.#apply(event, changes);
          if (this.#ports.turn.spent) {
            this.#report(changes.splice(0));
            await this.#ports.turn.nextTurn();
          }
          if (this.#requests.closed) return;
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
      // Events of one kind come in order. If they do not, only a list can be trusted.
      throw new Fault('gone', 'the events of the watch are out of order');
    }
    const change = event.kind === 'put' ? this.#rows.put(event.object) : this.#rows.delete(event.object);
    if (change !== undefined) changes.push(change);
    this.#advance(version);
  }

  async #listPages(): Promise<void> {
    this.#rows.beginList();
    const version = await this.#pages.read(
      (parameters, read) => this.#requests.receive(parameters, read),
      (object) => this.#rows.list(object),
    );
    await this.#endList(version);
  }

  async #endList(version: string): Promise<void> {
    const changes = this.#rows.endList();
    this.#progress(version);
    for (let at = 0; at < changes.length && !this.#requests.closed; at += changesPerTurn) {
      if (at > 0) await this.#ports.turn.nextTurn();
      this.#report(changes.slice(at, at + changesPerTurn));
    }
    if (this.#synced || this.#requests.closed) return;
    this.#synced = true;
    this.#ports.onSynced();
  }

  /** Resets the wait, as a list does not: a server that ends every watch would be listed without a pause. */
  #advance(version: string): void {
    this.#progress(version);
    this.#backOff.reset();
  }

  #progress(version: string): void {
    this.#resumeAt = version;
    this.#barren = 0;
    this.#reportedFault = '';
  }

  #report(changes: readonly RowChange[]): void {
    if (changes.length > 0 && !this.#requests.closed) this.#ports.onChanges(changes);
  }

  /** Finds the served version. Without one there are no objects, and it checks again later. */
  async #probe(): Promise<void> {
    const before = this.#requests.version;
    const isServed = await this.#requests.findVersion();
    this.#resumeAt = undefined;
    if (isServed) {
      const stays = this.#requests.version === before && !this.#absent;
      this.#absent = false;
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
    await this.#requests.pause(this.#probeMs * (0.75 + Math.random() / 4));
    this.#probeMs = Math.min(maxProbeMs, this.#probeMs * 2);
  }
}
