import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { fleetOf, type FleetKey } from '../units/fleet-key.ts';
import { gatewayOfRoot, keepsContent, lingers } from '../kinds/unit-place.ts';
import type { FleetViews } from './fleet-views.ts';
import { hasContent, withKept } from './output-content.ts';
import type { TypeUrl } from './type-table.ts';
import type { View } from './view.ts';
import { ViewCounts } from './view-counts.ts';

export interface CommitHooks {
  /** Called when a result refers to the unit for the first time: it has to be translated. */
  onReferenced(unit: UnitName): void;
  onUnreferenced(unit: UnitName): void;
  /** Called when the unit's output is in force; undefined: the unit has ended. */
  onCommitted(unit: UnitName, output: UnitOutput | undefined, before: UnitOutput | undefined): void;
  /** Calls `end` when proxies have had time to leave plugins that no route of the view names. */
  onLinger?(end: () => void): void;
}

interface Node {
  readonly unit: UnitName;
  /** In the view of every Gateway whose roots lead here. */
  output: UnitOutput | undefined;
  /** Translated, not yet in force. */
  staged: { readonly output: UnitOutput | undefined } | undefined;
  /** Number of units of each view that refer to this one; 1 for a root. */
  readonly views: ViewCounts;
  references: number;
  /** Results of completed waves that wait for this unit's first one. */
  dependents: Set<Node> | undefined;
}

/**
 * Puts each output into force whole, after every unit that it refers to, so that no view names a cluster that it
 * lacks. A commit costs O(its own resources and references) for each Gateway that has the unit.
 */
export class Commit {
  readonly #views: FleetViews;
  readonly #hooks: CommitHooks;
  readonly #nodes = new Map<UnitName, Node>();
  readonly #staged = new Set<Node>();
  readonly #waiting = new Set<Node>();
  /** Waiting results for which a result has come. */
  readonly #ready = new Set<Node>();

  constructor(views: FleetViews, hooks: CommitHooks) {
    this.#views = views;
    this.#hooks = hooks;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  hasOutput(unit: UnitName): boolean {
    const node = this.#nodes.get(unit);
    return node?.output !== undefined || node?.staged?.output !== undefined;
  }

  newest(unit: UnitName): UnitOutput | undefined {
    const node = this.#nodes.get(unit);
    return node?.staged === undefined ? node?.output : node.staged.output;
  }

  /** Returns the result of the unit that is in force. */
  inForce(unit: UnitName): UnitOutput | undefined {
    return this.#nodes.get(unit)?.output;
  }

  /** True when a result of the unit is in force, even an empty one. */
  isInForce(unit: UnitName): boolean {
    return this.#nodes.get(unit)?.output !== undefined;
  }

  /** True when the unit's result that is in force reports on its object: Sluice has accepted or refused it. */
  isReported(unit: UnitName): boolean {
    return this.#nodes.get(unit)?.output?.report !== undefined;
  }

  /** Takes a result, which comes into force at the next `apply`. */
  stage(unit: UnitName, output: UnitOutput | undefined): void {
    const node = this.#node(unit);
    const replaced = node.staged?.output;
    node.staged = { output };
    this.#waiting.delete(node);
    this.#staged.add(node);
    for (const dependent of node.dependents ?? []) this.#ready.add(dependent);
    node.dependents = undefined;
    for (const ref of output?.refs ?? []) this.#reference(ref);
    if (replaced !== undefined) this.#dereference(replaced);
  }

  stagedRefs(unit: UnitName): readonly UnitName[] {
    return this.#nodes.get(unit)?.staged?.output?.refs ?? [];
  }

  /** Puts one staged output into force now, whatever wave it belongs to. */
  apply(unit: UnitName): void {
    const node = this.#nodes.get(unit);
    if (node !== undefined) this.#applyOrWait(node);
  }

  /** Does as `apply`, for a unit of a wave, which may have ended or have nothing staged. */
  applyPending(unit: UnitName): void {
    const node = this.#nodes.get(unit);
    if (node !== undefined && this.#isPending(node)) this.apply(unit);
  }

  /** Tries again what waited for a unit that has its first output now. Returns true when any of it came into force. */
  applyWaiting(): boolean {
    let isApplied = false;
    for (const node of this.#ready) {
      this.#ready.delete(node);
      if (this.#waiting.has(node) && this.#applyOrWait(node)) isApplied = true;
    }
    return isApplied;
  }

  /** False for a unit that ended when another output came into force: its references are released already. */
  #isPending(node: Node): boolean {
    return this.#staged.has(node) || this.#waiting.has(node);
  }

  *namesUnder(unit: UnitName, type: TypeUrl): Generator<string> {
    for (const ref of this.#nodes.get(unit)?.output?.refs ?? [])
      for (const resource of this.#nodes.get(ref)?.output?.resources ?? [])
        if (resource.typeUrl === type) yield resource.name;
  }

  #applyOrWait(node: Node): boolean {
    const missing = this.#apply(node);
    if (missing === undefined) return true;
    this.#staged.delete(node);
    this.#waiting.add(node);
    (missing.dependents ??= new Set()).add(node);
    return false;
  }

  /** Puts the staged output into force, or returns the node whose missing output prevents that. */
  #apply(node: Node): Node | undefined {
    if (node.staged === undefined) return node.output === undefined ? node : undefined;
    const output = withKept(node.staged.output, node.output);
    if (hasContent(node.output) && !hasContent(output) && keepsContent(node.unit)) return this.#keep(node);
    for (const ref of output?.refs ?? []) {
      const target = this.#node(ref);
      const missing = target.output === undefined ? this.#apply(target) : undefined;
      if (missing !== undefined) return missing;
    }
    const before = node.output;
    node.output = output;
    node.staged = undefined;
    this.#staged.delete(node);
    this.#waiting.delete(node);
    this.#enterView(node);
    const lingering = before?.refs.filter((ref) => lingers(ref) && output?.refs.includes(ref) !== true) ?? [];
    for (const ref of lingering) this.#reference(ref);
    if (lingering.length > 0) this.#linger(node.views.views(), lingering);
    for (const view of node.views.views()) {
      if (output !== undefined) view.add(output);
      for (const ref of output?.refs ?? []) this.#addTo(view, ref);
      for (const ref of before?.refs ?? []) if (!lingering.includes(ref)) this.#removeFrom(view, ref);
      if (before !== undefined) view.remove(before, output);
    }
    // A root with nothing to serve leaves its view, which may be forgotten before the root has content again.
    if (!hasContent(output) && gatewayOfRoot(node.unit) !== undefined) node.views.clear();
    this.#hooks.onCommitted(node.unit, output, before);
    if (before !== undefined) this.#dereference(before);
    if (output === undefined && node.references === 0) this.#nodes.delete(node.unit);
    return undefined;
  }

  /** Keeps the output that is in force: proxies use it until their routes stop naming it. */
  #keep(node: Node): undefined {
    node.staged = undefined;
    this.#staged.delete(node);
    this.#waiting.delete(node);
  }

  /**
   * Releases plugins later than their routes. Units share one resource (`FilterSlot`), so a stream cannot keep one
   * until its client has ACKed the routes. Waits longer while proxies reject routes, and so use older ones.
   */
  #linger(views: readonly View[], refs: readonly UnitName[]): void {
    const end = (): void => {
      if (views.some((view) => view.rejectsUses)) {
        this.#hooks.onLinger?.(end);
        return;
      }
      for (const ref of refs) {
        for (const view of views) this.#removeFrom(view, ref);
        this.#dereferenceUnit(ref);
      }
    };
    if (this.#hooks.onLinger === undefined) end();
    else this.#hooks.onLinger(end);
  }

  /** Puts a root into its Gateway's view; other units get there by references. */
  #enterView(node: Node): void {
    if (!node.views.empty || !hasContent(node.output)) return;
    const gateway = gatewayOfRoot(node.unit);
    if (gateway !== undefined) node.views.set(this.#views.of(fleetOf(gateway)), 1);
  }

  /** Lists the objects behind users of a resource, then behind their users, and so on; O(units) for each step. */
  *usersOf(fleet: FleetKey, type: string, name: string): Generator<readonly ResourceKey[]> {
    const view = this.#views.get(fleet);
    const nodes =
      view === undefined ? [] : [...this.#nodes.values()].filter((node) => node.views.get(view) > 0);
    let used = nodes.filter((node) =>
      node.output?.resources.some((made) => made.typeUrl === type && made.name === name),
    );
    const seen = new Set<Node>();
    while (used.length > 0) {
      for (const node of used) seen.add(node);
      const units = new Set(used.map((node) => node.unit));
      used = nodes.filter((node) => !seen.has(node) && node.output?.refs.some((ref) => units.has(ref)));
      yield used
        .flatMap((node) => [...(node.output?.resources ?? []), ...(node.output?.fragments ?? [])])
        .flatMap(({ madeOf }) => madeOf);
    }
  }

  #addTo(view: View, unit: UnitName): void {
    const node = this.#node(unit);
    const before = node.views.get(view);
    node.views.set(view, before + 1);
    if (before > 0 || node.output === undefined) return;
    view.add(node.output);
    for (const ref of node.output.refs) this.#addTo(view, ref);
  }

  #removeFrom(view: View, unit: UnitName): void {
    const node = this.#node(unit);
    const left = Math.max(0, node.views.get(view) - 1);
    node.views.set(view, left);
    if (left > 0 || node.output === undefined) return;
    view.remove(node.output, undefined);
    for (const ref of node.output.refs) this.#removeFrom(view, ref);
  }

  #node(unit: UnitName): Node {
    let node = this.#nodes.get(unit);
    if (node === undefined) {
      node = {
        unit,
        output: undefined,
        staged: undefined,
        views: new ViewCounts(),
        references: 0,
        dependents: undefined,
      };
      this.#nodes.set(unit, node);
    }
    return node;
  }

  #reference(unit: UnitName): void {
    const node = this.#node(unit);
    if (++node.references === 1) this.#hooks.onReferenced(unit);
  }

  #dereference(output: UnitOutput): void {
    for (const ref of output.refs) this.#dereferenceUnit(ref);
  }

  #dereferenceUnit(ref: UnitName): void {
    const node = this.#node(ref);
    if (--node.references > 0) return;
    this.#hooks.onUnreferenced(ref);
    if (node.staged?.output !== undefined) this.#dereference(node.staged.output);
    if (node.output !== undefined) {
      this.#hooks.onCommitted(ref, undefined, node.output);
      this.#dereference(node.output);
    }
    this.#staged.delete(node);
    this.#waiting.delete(node);
    this.#nodes.delete(ref);
  }
}
