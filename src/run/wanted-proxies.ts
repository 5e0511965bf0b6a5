import type { UnitOutput } from '../batch/outcome.ts';
import type { Config } from '../config/config.ts';
import type { WantedInfrastructure } from '../kinds/own/infrastructure.ts';
import type { Row, RowChange } from '../kinds/row.ts';
import { splitResourceKey, type UnitName } from '../lib/key.ts';
import { Bugs } from '../observe/bugs.ts';
import { inlinePool } from '../pool/inline.ts';
import type { Results } from '../schedule/results.ts';
import { Translation, type TranslationPorts } from '../schedule/translation.ts';
import { Reports } from '../status/reports.ts';
import { fleetOf, type FleetKey } from '../units/fleet-key.ts';
import { unitKind } from '../units/unit.ts';
import { laneOptions, settingChanges } from './settings.ts';

/** Kinds of the objects that say how proxies are run. */
export const infrastructureKinds: ReadonlySet<string> = new Set(['GatewayClass', 'Gateway', 'EnvoyProxy']);

/** Units that say how proxies are run, and those that make the rows that these read. */
const unitKinds: ReadonlySet<string> = new Set(['EffectiveListeners', 'Infrastructure']);

export interface WantedProxiesPorts extends Omit<TranslationPorts, 'bugs'> {
  /** Called when the wanted proxies of a fleet change; undefined: Sluice no longer runs them. */
  readonly onInfrastructure: (fleet: FleetKey, wanted: WantedInfrastructure | undefined) => void;
}

/** The part of the pipeline that says how proxies are run. Makes no xDS and no status. */
export class WantedProxies implements Results {
  /** Resolves when every source was read once and all of it is translated. */
  readonly ready: Promise<void>;
  readonly #translation: Translation;
  readonly #outputs = new Map<UnitName, UnitOutput>();
  /** JSON of `WantedInfrastructure`. */
  readonly #reports: Reports;
  #becomeReady: () => void = () => {};
  #isReady = false;

  constructor(config: Config, { onInfrastructure, ...ports }: WantedProxiesPorts) {
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#reports = new Reports((object, _before, after) => {
      const { namespace, name } = splitResourceKey(object);
      const wanted = after === undefined ? undefined : (JSON.parse(after) as WantedInfrastructure);
      onInfrastructure(fleetOf(`${namespace}/${name}`), wanted);
    });
    const { provider } = config;
    this.#translation = new Translation(
      {
        lanes: laneOptions(config),
        // A Gateway is translated in a fraction of a millisecond.
        pools: { endpoints: inlinePool, config: inlinePool },
        namedObjectWaitMs: provider.type === 'kubernetes' ? provider.kubernetes.namedObjectWaitMs : 0,
      },
      this,
      { ...ports, bugs: new Bugs(ports.log, ports.metrics) },
    );
    this.#translation.apply(settingChanges(config));
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  apply(changes: readonly RowChange[]): void {
    this.#translation.apply(
      changes.map((change) => (change.kind === 'put' ? { ...change, row: narrowed(change.row) } : change)),
    );
  }

  /** Called when every source was read once. */
  sourcesComplete(): void {
    this.#translation.resume();
    this.#checkReady();
  }

  reconfigure(config: Config): void {
    this.#translation.setLanes(laneOptions(config));
    this.#translation.apply(settingChanges(config));
  }

  hasOutput(unit: UnitName): boolean {
    return this.#outputs.has(unit);
  }

  newest(unit: UnitName): UnitOutput | undefined {
    return this.#outputs.get(unit);
  }

  put(unit: UnitName, output: UnitOutput | undefined): void {
    const before = this.#outputs.get(unit);
    if (output === undefined) this.#outputs.delete(unit);
    else this.#outputs.set(unit, output);
    if (unitKind(unit) === 'Infrastructure') this.#reports.update(output, before);
  }

  /** The translation has logged it, and the proxies stay as they are. */
  failed(): void {}

  batchDone(): void {}

  complete(): Promise<void> {
    // The lane counts as busy until this function is done.
    setImmediate(() => this.#checkReady());
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#translation.close();
  }

  #checkReady(): void {
    if (this.#isReady || !this.#translation.idle) return;
    this.#isReady = true;
    this.#becomeReady();
  }
}

/** Drops units that concern xDS and statuses. */
function narrowed(row: Row): Row {
  return { ...row, units: row.units.filter((unit) => unitKinds.has(unitKind(unit))) };
}
