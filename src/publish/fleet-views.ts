import type { FleetKey } from '../units/fleet-key.ts';
import type { WaveName } from '../units/unit-def.ts';
import { View, type SharedState } from './view.ts';

/** The views of all fleets that have something to serve, and which of them differ from what was last published. */
export class FleetViews {
  readonly #views = new Map<FleetKey, View>();
  /**
   * How many waves of each key are being put into force: a fleet's, or that of another wave, which may concern any fleet. Slow
   * units have waves of their own, so that there may be several of a key.
   */
  readonly #committing = new Map<string, number>();
  readonly #touched = { endpoints: new Set<FleetKey>(), all: new Set<FleetKey>() };
  readonly #blob: (sha256: string) => Uint8Array | undefined;

  /** `blob` gives bytes by their SHA-256; see `XdsResource.blob`. */
  constructor(blob: (sha256: string) => Uint8Array | undefined = () => undefined) {
    this.#blob = blob;
  }

  get(fleet: FleetKey): View | undefined {
    return this.#views.get(fleet);
  }

  /** The fleet's view, made when there is none. */
  of(fleet: FleetKey): View {
    let view = this.#views.get(fleet);
    if (view === undefined) {
      view = this.#empty(fleet);
      this.#views.set(fleet, view);
    }
    return view;
  }

  /** Fleets that have something to serve. */
  *serving(): Generator<FleetKey> {
    for (const [fleet, view] of this.#views) if (!view.empty) yield fleet;
  }

  /** A wave begins to be put into force: until it has ended, nothing but endpoints of its views is published. */
  begin(wave: string): void {
    this.#committing.set(wave, (this.#committing.get(wave) ?? 0) + 1);
  }

  end(wave: string): void {
    const others = (this.#committing.get(wave) ?? 1) - 1;
    if (others === 0) this.#committing.delete(wave);
    else this.#committing.set(wave, others);
  }

  /** True while any wave is being put into force. */
  get committing(): boolean {
    return this.#committing.size > 0;
  }

  /** Views with changes that have not been taken: of endpoints alone, or of anything. Each is given once. */
  *takeTouched(changes: 'endpoints' | 'all'): Generator<readonly [FleetKey, View]> {
    const touched = this.#touched[changes];
    for (const fleet of touched) {
      if (changes === 'all' && this.#isCommitting(fleet)) continue;
      touched.delete(fleet);
      const view = this.#views.get(fleet);
      if (view !== undefined) yield [fleet, view];
    }
  }

  /**
   * Forgets a fleet that has nothing to serve, when that has been published: Gateways come and go without a bound on their
   * number. Not while outputs are being put into force, when a view may be empty for a moment.
   */
  forgetIfEmpty(fleet: FleetKey): void {
    if (!this.#isCommitting(fleet) && this.#views.get(fleet)?.empty === true) this.#views.delete(fleet);
  }

  #isCommitting(fleet: FleetKey): boolean {
    return this.#committing.has(fleet) || this.#committing.has(shared);
  }

  #empty(fleet: FleetKey): View {
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
