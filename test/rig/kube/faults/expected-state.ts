import { createHash } from 'node:crypto';
import { must } from '../../../../src/lib/assert.ts';
import type { ResourceKey } from '../../../../src/lib/key.ts';
import type { RowChange } from '../../../../src/kinds/row.ts';
import { wasmModuleRow, type WantedModule } from '../../../../src/kinds/own/wasm-module.ts';
import { Pipeline } from '../../pipeline/pipeline.ts';
import { services, urlOf } from '../../xds/xds-types.ts';
import { resourceName, versionOf, type Snapshot } from './published.ts';

/** Expected states, by a pipeline that reads objects from memory. Each call resolves to all states on the way. */
export class ExpectedState {
  readonly #pipeline: Pipeline;
  readonly #gateway: string;
  #cold: Snapshot = new Map();
  readonly #answered = new Map<ResourceKey, WantedModule>();

  private constructor(pipeline: Pipeline, gateway: string) {
    this.#pipeline = pipeline;
    this.#gateway = gateway;
  }

  static async of(
    controllerName: string,
    gateway: string,
    objects: readonly object[],
  ): Promise<ExpectedState> {
    const module = moduleBytes;
    const pipeline = await Pipeline.started(objects, { settings: { controllerName }, module });
    const expected = new ExpectedState(pipeline, gateway);
    const [cold = new Map<string, string>()] = await expected.#snapshots();
    expected.#cold = cold;
    return expected;
  }

  /** Before any verdict. */
  get cold(): Snapshot {
    return this.#cold;
  }

  get now(): Snapshot {
    const view = this.#pipeline.controller.view(this.#gateway);
    if (view === undefined) return new Map();
    return new Map(
      services.flatMap((service) =>
        [...view.names(urlOf(service))].map((name): [string, string] => [
          resourceName(service, name),
          versionOf(service, must(view.get(urlOf(service), name), name)),
        ]),
      ),
    );
  }

  change(removed: readonly object[], objects: readonly object[]): Promise<Snapshot[]> {
    this.#pipeline.replace(removed, objects);
    return this.#snapshots();
  }

  async close(): Promise<void> {
    await this.#pipeline.close();
  }

  /** States before and after the verdicts; the last one is without plugins that nothing runs. */
  async #snapshots(): Promise<Snapshot[]> {
    await this.#pipeline.settle();
    const before = this.now;
    const { modules, controller } = this.#pipeline;
    const asked = [...new Set([...modules.keys(), ...this.#answered.keys()])].filter(
      (key) => modules.get(key) !== this.#answered.get(key),
    );
    if (asked.length === 0) return [before, await this.#atRest()];
    controller.apply(asked.map((key) => verdictOn(key, modules.get(key))));
    this.#answered.clear();
    for (const [key, wanted] of modules) this.#answered.set(key, wanted);
    await this.#pipeline.settle();
    return [before, this.now, await this.#atRest()];
  }

  async #atRest(): Promise<Snapshot> {
    await this.#pipeline.drain();
    return this.now;
  }
}

export function verdictOn(key: ResourceKey, wanted: WantedModule | undefined): RowChange {
  if (wanted === undefined) return { kind: 'delete', key };
  const sha256 = createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
  const row = wasmModuleRow(key, {
    state: 'allowed',
    sha256,
    size: moduleBytes().length,
    since: '2026-01-01T00:00:00Z',
  });
  return { kind: 'put', row };
}

export function moduleBytes(): Uint8Array {
  return Buffer.from('\0asm\u0001\0\0\0', 'latin1');
}
