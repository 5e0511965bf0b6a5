import type { UnitOutput } from '../batch/outcome.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import { fleetOf, type FleetKey } from '../units/fleet-key.ts';
import { gatewayOfRoot, lingers } from '../kinds/unit-place.ts';
import type { FleetViews } from './fleet-views.ts';
import { hasContent, withKept } from './output-content.ts';
import type { TypeUrl } from './type-table.ts';
import type { View } from './view.ts';
import { ViewCounts } from './view-counts.ts';

export interface CommitHooks {
  /** A unit's result refers to this one for the first time: it has to be translated. */
  onReferenced(unit: UnitName): void;
  /** Nothing refers to this unit. */
  onUnreferenced(unit: UnitName): void;
  /** The unit's output is in force now; undefined: the unit is gone. */
  onCommitted(unit: UnitName, output: UnitOutput | undefined, before: UnitOutput | undefined): void;
  /** Calls `end` when proxies have had time to go over to routes without plugins that no route of the view refers to. */
  onLinger?(end: () => void): void;
}

interface Node {
  readonly unit: UnitName;
  /** In force: in the view of every Gateway whose roots lead here. */
  output: UnitOutput | undefined;
  /** Translated, not yet in force. */
  staged: { readonly output: UnitOutput | undefined } | undefined;
  /** How many units of each view refer to this one; 1 for a root. */
  readonly views: ViewCounts;
  /** Outputs, in force or staged, that refer to this unit. */
  references: number;
  /** Completed results that cannot come into force without this unit's first one. */
  dependents: Set<Node> | undefined;
}

/**
 * Turns units' outputs into the Gateways' views. An output comes into force whole, and not before every unit that it
 * refers to is in force; until then the last good one stays. So no view ever names a cluster that it does not hold.
 *
 * Costs: a commit is O(its own resources and references) for each Gateway that has the unit. A result that waits for another
 * is looked at again when that one comes, and not before.
 */
export class Commit {
  readonly #views: FleetViews;
  readonly #hooks: CommitHooks;
  readonly #nodes = new Map<UnitName, Node>();
  /** Results of waves that are still under way. */
  readonly #staged = new Set<Node>();
  /** Results of completed waves that refer to a unit without any output yet. */
  readonly #waiting = new Set<Node>();
  /** Those of them for which something has come. */
  readonly #ready = new Set<Node>();

  constructor(views: FleetViews, hooks: CommitHooks) {
    this.#views = views;
    this.#hooks = hooks;
  }

  /** Results that wait for a unit they refer to. */
  get waiting(): number {
    return this.#waiting.size;
  }

  hasOutput(unit: UnitName): boolean {
    const node = this.#nodes.get(unit);
    return node?.output !== undefined || node?.staged?.output !== undefined;
  }

  /** The unit's newest result, in force or not. */
  newest(unit: UnitName): UnitOutput | undefined {
    const node = this.#nodes.get(unit);
    return node?.staged === undefined ? node?.output : node.staged.output;
  }

  /** True when a result of the unit is in force, be it an empty one. */
  isInForce(unit: UnitName): boolean {
    return this.#nodes.get(unit)?.output !== undefined;
  }

  /** A result is there. It comes into force at the next `apply`. */
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

  /** Units that the unit's output which is not in force refers to. */
  stagedRefs(unit: UnitName): readonly UnitName[] {
    return this.#nodes.get(unit)?.staged?.output?.refs ?? [];
  }

  /** Puts one staged output into force now, whatever wave it belongs to. For outputs that nothing else goes with. */
  apply(unit: UnitName): void {
    const node = this.#nodes.get(unit);
    if (node !== undefined) this.#applyOrWait(node);
  }

  /** As `apply`, for a unit of a wave, which may have no output that is not in force, or have ended. */
  applyPending(unit: UnitName): void {
    const node = this.#nodes.get(unit);
    if (node !== undefined && this.#isPending(node)) this.apply(unit);
  }

  /** Tries again what waited for a unit that has its first output now. Returns whether any of it came into force. */
  applyWaiting(): boolean {
    let isApplied = false;
    // A node that becomes ready by this joins the end of the set.
    for (const node of this.#ready) {
      this.#ready.delete(node);
      if (this.#waiting.has(node) && this.#applyOrWait(node)) isApplied = true;
    }
    return isApplied;
  }

  /** False for a unit that ended when another output came into force: what it refers to has been let go of already. */
  #isPending(node: Node): boolean {
    return this.#staged.has(node) || this.#waiting.has(node);
  }

  /** Names of a type that units have which this one refers to, in force: O(its references). */
  *namesUnder(unit: UnitName, type: TypeUrl): Generator<string> {
    for (const ref of this.#nodes.get(unit)?.output?.refs ?? [])
      for (const resource of this.#nodes.get(ref)?.output?.resources ?? [])
        if (resource.typeUrl === type) yield resource.name;
  }

  /** Returns whether the staged output is in force now. */
  #applyOrWait(node: Node): boolean {
    const missing = this.#apply(node);
    if (missing === undefined) return true;
    this.#staged.delete(node);
    this.#waiting.add(node);
    (missing.dependents ??= new Set()).add(node);
    return false;
  }

  /** Puts the staged output into force, or returns the node without any output that keeps it from that. */
  #apply(node: Node): Node | undefined {
    if (node.staged === undefined) return node.output === undefined ? node : undefined;
    const output = withKept(node.staged.output, node.output);
    if (lingers(node.unit) && hasContent(node.output) && !hasContent(output)) return this.#keep(node);
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
    // A root that has nothing to serve leaves its view, which may be forgotten before the root has something again.
    if (!hasContent(output) && gatewayOfRoot(node.unit) !== undefined) node.views.clear();
    this.#hooks.onCommitted(node.unit, output, before);
    if (before !== undefined) this.#dereference(before);
    if (output === undefined && node.references === 0) this.#nodes.delete(node.unit);
    return undefined;
  }

  /** Keeps what is about to be referred to no more: until then proxies have routes that run it. */
  #keep(node: Node): undefined {
    node.staged = undefined;
    this.#staged.delete(node);
    this.#waiting.delete(node);
  }

  /**
   * Lets go of what routes referred to, a while after they went: several share a resource (`FilterSlot`), so that no
   * stream can keep one of them until its client has ACKed the routes. Not while proxies reject routes, and so keep others.
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

  /**
   * A root belongs to its Gateway's view by itself; all other units get there by being referred to. A Gateway that is
   * not ours, or does not exist, gives its roots nothing to serve and so gets no view.
   */
  #enterView(node: Node): void {
    if (!node.views.empty || !hasContent(node.output)) return;
    const gateway = gatewayOfRoot(node.unit);
    if (gateway !== undefined) node.views.set(this.#views.of(fleetOf(gateway)), 1);
  }

  /**
   * Objects behind the resources of a fleet that use this one, then those behind what uses these, and so on. O(units and
   * their references) each, for what is rare.
   */
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
