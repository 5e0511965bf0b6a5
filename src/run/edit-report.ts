import { conditionFindings } from '../check/condition-findings.ts';
import { nameOf, type Finding } from '../check/finding.ts';
import { SilentObjects } from '../check/silent-objects.ts';
import { formatFileProblem, printable, type FileProblem, type Place } from '../file/file-problem.ts';
import type { RowChange } from '../kinds/row.ts';
import type { Clock } from '../lib/clock.ts';
import { splitResourceKey, type ResourceKey } from '../lib/key.ts';
import type { Log } from '../observe/log.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { placedFindings } from './placed-findings.ts';

export interface EditedSluice {
  status(object: ResourceKey): unknown;
  fileProblems(): readonly FileProblem[];
  placeOf(object: ResourceKey, path: string): Promise<Place | undefined>;
  /** True when all changes are translated, and no connected proxy lacks what it is to have. */
  isSettled(): boolean;
  proxiesOf(fleet: FleetKey): number;
}

/** Pause between two looks at what is not settled yet. A shorter one takes time from the translation itself. */
const lookEveryMs = 5;

/** A proxy that rejects or hangs may never settle: the report comes without it then. */
const settledWithinMs = 5000;

/** Lines that a person reads at once. */
const maxLines = 10;

/**
 * Tells the author of a folder of manifests what an edit has come to: what has changed, on how many proxies, after which
 * time; and what is wrong by it, or right again. One report covers all changes that come before it is settled.
 */
export class EditReport {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #objects: SilentObjects;
  readonly #present = new Set<ResourceKey>();
  #edits = new Map<ResourceKey, 'added' | 'changed' | 'removed'>();
  #published = new Set<FleetKey>();
  /** Objects whose status may have changed. */
  #statuses = new Set<ResourceKey>();
  readonly #ofConditions = new Map<ResourceKey, Finding[]>();
  #shown = new Map<ResourceKey, ReadonlySet<string>>();
  #sluice: EditedSluice | undefined;
  #isLooking = false;
  #since = 0;
  #cancel = (): void => {};

  constructor(controllerName: string, log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#objects = new SilentObjects(controllerName);
  }

  apply(changes: readonly RowChange[]): void {
    this.#objects.apply(changes);
    if (this.#edits.size === 0) this.#since = this.#clock.now();
    for (const change of changes) {
      const key = change.kind === 'put' ? change.row.key : change.key;
      const before = this.#present.has(key) ? 'changed' : 'added';
      if (change.kind === 'put') this.#present.add(key);
      else this.#present.delete(key);
      this.#edits.set(key, change.kind === 'put' ? (this.#edits.get(key) ?? before) : 'removed');
    }
    this.#look();
  }

  statusMayDiffer(object: ResourceKey): void {
    this.#statuses.add(object);
  }

  published(fleet: FleetKey): void {
    this.#published.add(fleet);
  }

  /** Says what is wrong with the objects that are there, and reports on edits from now on. */
  async start(sluice: EditedSluice): Promise<void> {
    this.#sluice = sluice;
    this.#edits = new Map();
    this.#published = new Set();
    await this.#sayFindings(sluice);
  }

  close(): void {
    this.#cancel();
    this.#sluice = undefined;
  }

  #look(): void {
    const sluice = this.#sluice;
    if (sluice === undefined || this.#isLooking) return;
    this.#isLooking = true;
    const again = (): void => {
      this.#cancel = this.#clock.after(lookEveryMs, async () => {
        const ms = this.#clock.now() - this.#since;
        const isSettled = sluice.isSettled();
        if (!isSettled && ms < settledWithinMs) {
          again();
          return;
        }
        const edits = this.#edits;
        const published = this.#published;
        this.#edits = new Map();
        this.#published = new Set();
        this.#isLooking = false;
        await this.#sayEdits(sluice, edits, outcomeOf(sluice, published, isSettled, ms));
        await this.#sayFindings(sluice);
      });
    };
    again();
  }

  async #sayEdits(
    sluice: EditedSluice,
    edits: ReadonlyMap<ResourceKey, string>,
    outcome: string,
  ): Promise<void> {
    const all = [...edits];
    for (const [object, how] of all.slice(0, maxLines)) {
      const place = await sluice.placeOf(object, '');
      const file = place === undefined ? '' : `${printable(place.file)}: `;
      this.#log.info({}, `${file}${textOf(object)} ${how}; ${outcome}`);
    }
    if (all.length > maxLines) this.#log.info({}, `and ${all.length - maxLines} more objects; ${outcome}`);
  }

  /** Says what was not said before. */
  async #sayFindings(sluice: EditedSluice): Promise<void> {
    for (const object of this.#statuses)
      this.#ofConditions.set(object, conditionFindings(object, sluice.status(object)));
    this.#statuses = new Set();
    const findings = [...this.#ofConditions.values(), this.#objects.findings()].flat();
    const ofFiles = new Set<FileProblem>(sluice.fileProblems());
    const placed = await placedFindings([...ofFiles], findings, (object, path) =>
      sluice.placeOf(object, path),
    );
    // The source has said its own.
    const own = placed.filter((problem) => !ofFiles.has(problem));
    const shown = new Map<ResourceKey, Set<string>>();
    const lines: string[] = [];
    for (const problem of own) {
      const object = problem.object ?? ('' as ResourceKey);
      const text = `${problem.path}: ${problem.message}`;
      shown.set(object, (shown.get(object) ?? new Set()).add(text));
      if (this.#shown.get(object)?.has(text) !== true) lines.push(formatFileProblem(problem));
    }
    for (const line of lines.slice(0, maxLines)) this.#log.warn({}, line);
    if (lines.length > maxLines)
      this.#log.warn({}, `and ${lines.length - maxLines} more: sluice translate names all`);
    for (const object of this.#shown.keys())
      if (!shown.has(object) && this.#present.has(object))
        this.#log.info({}, `${textOf(object)}: nothing is wrong with it any longer`);
    this.#shown = shown;
  }
}

function outcomeOf(
  sluice: EditedSluice,
  published: ReadonlySet<FleetKey>,
  isSettled: boolean,
  ms: number,
): string {
  if (!isSettled) return `not in force on all proxies after ${Math.round(ms)} ms: sluice proxies says why`;
  if (published.size === 0) return 'no proxy needs another config for it';
  const proxies = [...published].reduce((sum, fleet) => sum + sluice.proxiesOf(fleet), 0);
  return `in force on ${proxies} ${proxies === 1 ? 'proxy' : 'proxies'} after ${Math.round(ms)} ms`;
}

function textOf(object: ResourceKey): string {
  const { kind, namespace, name } = splitResourceKey(object);
  return nameOf(kind, namespace, name);
}
