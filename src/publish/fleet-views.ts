import type { FleetKey } from '../units/fleet-key.ts';
import type { WaveName } from '../units/unit-def.ts';
import { View, type SharedState } from './view.ts';

/** Views of all fleets that have something to serve, and which of them differ from what was published. */
export class FleetViews {
  readonly #views = new Map<FleetKey, View>();
  /** Number of waves under way by key; a key has several when slow units have waves of their own. */
  readonly #committing = new Map<string, number>();
  readonly #touched = { endpoints: new Set<FleetKey>(), all: new Set<FleetKey>() };
  readonly #blob: (sha256: string) => Uint8Array | undefined;

  constructor(blob: (sha256: string) => Uint8Array | undefined = () => undefined) {
    this.#blob = blob;
  }

  get(fleet: FleetKey): View | undefined {
    return this.#views.get(fleet);
  }

  of(fleet: FleetKey): View {
    let view = this.#views.get(fleet);
    if (view === undefined) {
      view = this.empty(fleet);
      this.#views.set(fleet, view);
    }
    return view;
  }

  *serving(): Generator<FleetKey> {
    for (const [fleet, view] of this.#views) if (!view.empty) yield fleet;
  }

  /** Called when a wave begins to be put into force. Until `end`, only endpoints of its views are published. */
  begin(wave: string): void {
    this.#committing.set(wave, (this.#committing.get(wave) ?? 0) + 1);
  }

  end(wave: string): void {
    const others = (this.#committing.get(wave) ?? 1) - 1;
    if (others === 0) this.#committing.delete(wave);
    else this.#committing.set(wave, others);
  }

  get committing(): boolean {
    return this.#committing.size > 0;
  }

  /** Lists each view with changes that have not been taken once: changes of endpoints alone, or any. */
  *takeTouched(changes: 'endpoints' | 'all'): Generator<readonly [FleetKey, View]> {
    const touched = this.#touched[changes];
    for (const fleet of touched) {
      if (changes === 'all' && this.#isCommitting(fleet)) continue;
      touched.delete(fleet);
      const view = this.#views.get(fleet);
      if (view !== undefined) yield [fleet, view];
    }
  }

  /** Forgets a fleet without content, once that is published: the number of past Gateways has no bound. */
  forgetIfEmpty(fleet: FleetKey): void {
    if (!this.#isCommitting(fleet) && this.#views.get(fleet)?.empty === true) this.#views.delete(fleet);
  }

  #isCommitting(fleet: FleetKey): boolean {
    return this.#committing.has(fleet) || this.#committing.has(shared);
  }

  /** Returns a view without content, which is not kept. */
  empty(fleet: FleetKey): View {
    const isCommitting = (): boolean => this.#isCommitting(fleet);
    const state: SharedState = {
      blob: this.#blob,
      get committing() {
        return isCommitting();
      },
    };
    return new View(state, (isEndpoint) => {
      this.#touched.all.add(fleet);
      if (isEndpoint) this.#touched.endpoints.add(fleet);
    });
  }
}

const shared: WaveName = 'shared';
