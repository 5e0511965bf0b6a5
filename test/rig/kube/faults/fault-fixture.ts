import { must } from '../../../../src/lib/assert.ts';
import type { Manifest } from '../kube-client.ts';
import { keyOf, rowOf } from '../../pipeline/pipeline.ts';
import { ExpectedState } from './expected-state.ts';
import type { Snapshot } from './published.ts';
import { canary, controllerOf, fixtureLabel, fixtureObjects } from './fixture-objects.ts';

export interface Admin {
  /** Resolves to the object as the API server keeps it. */
  readonly put: (object: Manifest) => Promise<object>;
  readonly delete: (object: Manifest) => Promise<void>;
}

/** Objects, with changes to those of one kind, and the states to be published. */
export class FaultFixture {
  readonly name: string;
  readonly kind: string;
  readonly #admin: Admin;
  readonly #objects = new Map<string, { readonly manifest: Manifest; readonly stored: object }>();
  readonly #expected: ExpectedState;
  readonly #rows = new Map<string, Uint8Array>();
  readonly #cold: Snapshot[] = [];
  #startsCold = false;
  #now: Snapshot;
  #generation = 0;
  #canaries = 0;

  private constructor(
    name: string,
    kind: string,
    admin: Admin,
    expected: ExpectedState,
    stored: readonly Stored[],
  ) {
    this.name = name;
    this.kind = kind;
    this.#admin = admin;
    this.#expected = expected;
    for (const one of stored) this.#keep(one);
    this.#now = expected.now;
  }

  /** No other fixture of the API server may have the name. */
  static async create(name: string, kind: string, admin: Admin): Promise<FaultFixture> {
    const stored: Stored[] = [];
    for (const manifest of fixtureObjects(name, kind, 0))
      stored.push({ manifest, stored: await admin.put(manifest) });
    const expected = await ExpectedState.of(
      controllerOf(name),
      `${name}/web`,
      stored.map((one) => one.stored),
    );
    return new FaultFixture(name, kind, admin, expected, stored);
  }

  get controllerName(): string {
    return controllerOf(this.name);
  }

  get gateway(): string {
    return `${this.name}/web`;
  }

  get selector(): string {
    return `${fixtureLabel}=${this.name}`;
  }

  get now(): Snapshot {
    return this.#now;
  }

  get rows(): ReadonlyMap<string, Uint8Array> {
    return this.#rows;
  }

  /** True: Sluices start from now on, whose first states differ; see `coldStates`. */
  expectStarts(are: boolean): void {
    this.#startsCold = are;
    this.#cold.splice(0);
  }

  async moveCanary(): Promise<Snapshot[]> {
    this.#canaries++;
    return await this.#put(canary(this.name, this.kind, this.#canaries));
  }

  /** States that a new Sluice publishes without verdicts, since the last call. */
  async coldStates(): Promise<Snapshot[]> {
    return [...this.#cold.splice(0), ...(await this.#coldNow())];
  }

  /** Moves the kind to its next generation. Resolves to all states on the way, whether seen one by one or by a list. */
  async advance(): Promise<Snapshot[]> {
    const before = this.#ofKind(fixtureObjects(this.name, this.kind, this.#generation));
    const after = this.#ofKind(fixtureObjects(this.name, this.kind, ++this.#generation));
    const ids = { before: new Set(before.map(idOf)), after: new Set(after.map(idOf)) };
    const news = after.filter((object) => this.#isNews(object));
    const comes = news.filter((object) => !ids.before.has(idOf(object)));
    const changes = news.filter((object) => ids.before.has(idOf(object)));
    const goes = before.filter((object) => !ids.after.has(idOf(object)));
    const expected = await this.#another();
    const snapshots: Snapshot[] = [];
    for (const one of [...comes, ...changes]) snapshots.push(...(await this.#put(one)));
    for (const one of goes) snapshots.push(...(await this.#drop(one)));
    const stored = news.map((object) => must(this.#objects.get(idOf(object)), 'object').stored);
    snapshots.push(...(await expected.change(goes, stored)));
    await expected.close();
    return snapshots;
  }

  /** States when the kind disappears with its CRD, and when it is back. */
  async withoutKind(): Promise<Snapshot[]> {
    const all = [...this.#objects.values()];
    const removed = all.filter(({ manifest }) => manifest.kind === this.kind).map(({ stored }) => stored);
    const expected = await this.#another();
    const snapshots = [...(await expected.change(removed, [])), ...(await expected.change([], removed))];
    await expected.close();
    this.#cold.push(...(await this.#coldNow(removed)));
    return snapshots;
  }

  async close(): Promise<void> {
    await this.#expected.close();
    // Deleting the Namespaces first takes most objects along.
    for (const { manifest } of this.#objects.values()) {
      if (manifest.metadata.namespace === undefined) await this.#admin.delete(manifest);
    }
  }

  /** A copy that changes independently. */
  async #another(): Promise<ExpectedState> {
    const objects = [...this.#objects.values()].map(({ stored }) => stored);
    return await ExpectedState.of(this.controllerName, this.gateway, objects);
  }

  async #coldNow(without: readonly object[] = []): Promise<Snapshot[]> {
    if (!this.#startsCold) return [];
    const objects = [...this.#objects.values()].map(({ stored }) => stored);
    const expected = await ExpectedState.of(
      this.controllerName,
      this.gateway,
      objects.filter((object) => !without.includes(object)),
    );
    await expected.close();
    return [expected.cold];
  }

  #isNews(manifest: Manifest): boolean {
    return JSON.stringify(this.#objects.get(idOf(manifest))?.manifest) !== JSON.stringify(manifest);
  }

  #ofKind(objects: readonly Manifest[]): Manifest[] {
    return objects.filter(({ kind }) => kind === this.kind);
  }

  async #put(manifest: Manifest): Promise<Snapshot[]> {
    const stored = await this.#admin.put(manifest);
    this.#keep({ manifest, stored });
    return await this.#published(this.#expected.change([], [stored]));
  }

  async #drop(manifest: Manifest): Promise<Snapshot[]> {
    await this.#admin.delete(manifest);
    this.#objects.delete(idOf(manifest));
    this.#rows.delete(keyOf(manifest));
    return await this.#published(this.#expected.change([manifest], []));
  }

  #keep(one: Stored): void {
    this.#objects.set(idOf(one.manifest), one);
    const { key, bytes } = rowOf(one.stored);
    this.#rows.set(key, bytes);
  }

  async #published(snapshots: Promise<Snapshot[]>): Promise<Snapshot[]> {
    const published = await snapshots;
    this.#now = this.#expected.now;
    this.#cold.push(...(await this.#coldNow()));
    return published;
  }
}

interface Stored {
  readonly manifest: Manifest;
  readonly stored: object;
}

function idOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
}
