import { setImmediate as turn } from 'node:timers/promises';
import type { ResourceKey } from '../../src/lib/key.ts';
import type { Row, RowChange } from '../../src/kinds/row.ts';
import { settingRows } from '../../src/kinds/own/setting-rows.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { controllerName } from '../rig/pipeline/memory-reader.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import { holdMs, Pipeline, rowOf } from '../rig/pipeline/pipeline.ts';
import { ScheduledPool } from '../rig/pipeline/scheduled-pool.ts';
import { TamperedPool } from '../rig/pipeline/tampered-pool.ts';
import type { Edit } from '../rig/objects/edit.ts';
import { initialEdits, settingsEditKey } from '../rig/objects/any-edit.ts';
import type { Service } from '../rig/xds/xds-types.ts';
import { differences } from './at-rest.ts';
import { EnvoyModel } from './envoy-model.ts';
import type { Claim } from './model-options.ts';
import { released } from './release.ts';
import { proxies, type ClaimKind, type Step } from './steps.ts';

/** In milliseconds: slow units go in waves of their own. */
const slowness = 30;

/** A pipeline and the proxies of two Gateways. Throws at the first step after which a rule is broken. */
export class WalkFixture {
  readonly #clock = new ManualClock();
  readonly #rows = new Map<ResourceKey, Row>();
  #pool = new ScheduledPool(slowness);
  #pipeline: Pipeline;
  readonly #models: (EnvoyModel | undefined)[] = proxies.map(() => undefined);
  /** For each proxy. */
  readonly #slowMs = proxies.map(() => 0);
  readonly #rejects = proxies.map(() => new Set<Service>());
  /** Edits and workers' answers: only these change the view. */
  #generation = 0;
  #started = 0;

  /** Version of the encoding of clusters. */
  #release = 0;

  constructor() {
    this.#pipeline = this.#newPipeline();
  }

  async begin(): Promise<void> {
    this.#edit([{ key: settingsEditKey, manifest: undefined, settings: {} }, ...initialEdits()]);
    this.#pipeline.controller.sourcesComplete();
    await this.#finish();
  }

  async step(step: Step): Promise<void> {
    await this.#do(step);
    this.#check();
  }

  async close(): Promise<void> {
    for (const model of this.#models) model?.close();
    await this.#pipeline.close();
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'edit':
        return this.#edit(step.edits);
      case 'answer':
        return this.#answer(step.pick);
      case 'die':
        this.#generation++;
        return this.#pool.die(step.pick);
      case 'turns':
        return this.#turns(step.count);
      case 'time':
        return this.#time(step.ms, step.slow);
      case 'connect':
        return this.#model(step.proxy).connect(this.#pipeline.dial, claims[step.claim]);
      case 'disconnect':
        return this.#model(step.proxy).disconnect();
      case 'restart':
        this.#models[step.proxy]?.close();
        this.#models[step.proxy] = undefined;
        return this.#model(step.proxy).connect(this.#pipeline.dial);
      case 'hold':
        return this.#model(step.proxy).toggleHold(step.service);
      case 'stall':
        return this.#model(step.proxy).toggleStall();
      case 'reject':
        for (const [i, rejected] of this.#rejects.entries())
          if (step.proxy === undefined || step.proxy === i) rejected.add(step.service);
        return;
      case 'accept':
        for (const rejected of this.#rejects) rejected.clear();
        return;
      case 'release':
        return this.#restart(step.changed);
      case 'rest':
        return this.#rest();
    }
  }

  #newPipeline(): Pipeline {
    this.#pool = new ScheduledPool(slowness);
    const pool = new TamperedPool(this.#pool, (output) => released(output, this.#release));
    return new Pipeline({
      clock: this.#clock,
      pools: { endpoints: pool, config: pool },
      lanes: { batchSize: 5, parallel: 2, windowMs: 5, maxWindowMs: 20 },
      stream: { maxResources: 5 },
    });
  }

  /** Another Sluice reads the same objects, and connected proxies connect again. */
  async #restart(changed: boolean): Promise<void> {
    const connected = this.#models.filter((model) => model?.isConnected === true);
    for (const model of connected) model?.disconnect();
    await this.#pipeline.close();
    if (changed) this.#release++;
    this.#generation++;
    this.#pipeline = this.#newPipeline();
    this.#pipeline.controller.apply([...this.#rows.values()].map((row) => ({ kind: 'put', row })));
    this.#pipeline.controller.sourcesComplete();
    for (const model of connected) model?.connect(this.#pipeline.dial);
  }

  #edit(edits: readonly Edit[]): void {
    this.#generation++;
    const changes = edits.flatMap(changesOf);
    for (const change of changes) {
      if (change.kind === 'put') this.#rows.set(change.row.key, change.row);
      else this.#rows.delete(change.key);
    }
    this.#pipeline.controller.apply(changes);
  }

  #answer(pick: number): void {
    this.#generation++;
    this.#pool.answer(pick);
  }

  #model(proxy: number): EnvoyModel {
    const known = this.#models[proxy];
    if (known !== undefined) return known;
    const gateway = proxies[proxy] ?? '';
    const model = new EnvoyModel({
      id: `proxy ${proxy} #${this.#started++}`,
      gateway,
      clock: this.#clock,
      drainMs: 3000,
      schedule: setImmediate,
      view: () => this.#pipeline.controller.view(gateway),
      generation: () => this.#generation,
    });
    model.reject = (service, resource) =>
      this.#rejects[proxy]?.has(service) === true && isRejected(service, resource) ? 'no' : undefined;
    this.#models[proxy] = model;
    return model;
  }

  /**
   * In steps, so that proxies that are not slow answer within any hold. While workers are slow, related units are in
   * force at different times, so requests cannot be judged.
   */
  async #time(ms: number, slow: boolean): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.#turns(40);
      if (!slow) await this.#work();
      const isSlow = this.#pool.waiting > 0 || this.#pipeline.controller.backlog > 0;
      const passed = Math.min(left, 250);
      for (const [i, model] of this.#models.entries()) {
        this.#slowMs[i] = model?.isSlow === true ? (this.#slowMs[i] ?? 0) + passed : 0;
        if (model !== undefined && (isSlow || (this.#slowMs[i] ?? 0) >= holdMs)) model.tolerant = true;
      }
      await this.#pipeline.pass(passed);
    }
  }

  async #turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await turn();
  }

  async #finish(): Promise<void> {
    for (const model of this.#models) model?.release();
    await this.#work();
  }

  /** Until only slow proxies have work. */
  async #work(): Promise<void> {
    for (let round = 0, still = 0; still < 3; round++) {
      const isBusy =
        this.#pool.waiting > 0 ||
        this.#pipeline.controller.backlog > 0 ||
        this.#models.some((model) => model?.idle === false);
      while (this.#pool.waiting > 0) this.#answer(0);
      await this.#turns(6);
      if (isBusy) await this.#pipeline.pass(5);
      still = isBusy ? 0 : still + 1;
      if (round > 5000) throw new Error(`still ${this.#pipeline.controller.backlog} units to go`);
    }
  }

  async #rest(): Promise<void> {
    for (let i = 0; i < 6; i++) {
      await this.#finish();
      await this.#pipeline.pass(1000);
    }
    await this.#finish();
    for (const [i, model] of this.#models.entries()) {
      if (model?.rest.waitsInVain !== true) continue;
      model.close();
      this.#models[i] = undefined;
    }
    this.#checkRest();
    await this.#reconnectAll();
    for (const model of this.#models) {
      if (model === undefined || !this.#isServed(model)) continue;
      model.onRest();
    }
  }

  /** Nothing has changed, so a proxy that names all its versions is sent nothing. */
  async #reconnectAll(): Promise<void> {
    for (const [i, model] of this.#models.entries()) {
      if (model === undefined || !this.#isServed(model) || this.#isRejectedBy(model)) continue;
      // It names now what it left out before, and so loses it.
      if (model.rest.keepsAnyUnsaid) continue;
      model.connect(this.#pipeline.dial);
      await this.#finish();
      // A server may wait for types that the proxy has not asked for.
      await this.#pipeline.pass(holdMs + 1);
      await this.#finish();
      // A client names no versions of scopes.
      const sent = model.log.filter((line) => !line.startsWith('SRDS '));
      if (sent.length > 0)
        throw new Error(`proxy ${i} came back with everything, and was sent ${sent.join('; ')}`);
    }
  }

  /** True for a proxy that rejects something: it may be sent that again when it comes back. */
  #isRejectedBy(model: EnvoyModel): boolean {
    const view = this.#pipeline.controller.view(model.gateway);
    return model.rest.rejectsAnything || view?.rejections().next().done === false;
  }

  /** Proxies of a Gateway that does not exist keep what they have. */
  #isServed(model: EnvoyModel): boolean {
    return model.isConnected && this.#pipeline.controller.view(model.gateway) !== undefined;
  }

  #check(): void {
    const problems = this.#models.flatMap((model) => model?.violations ?? []);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  #checkRest(): void {
    this.#check();
    const problems = this.#models.flatMap((model, i) => {
      const view = model?.isConnected === true ? this.#pipeline.controller.view(model.gateway) : undefined;
      if (model === undefined || view === undefined) return [];
      return [...model.rest.unsettled(), ...differences(model, view)].map((text) => `proxy ${i}: ${text}`);
    });
    if (problems.length > 0) throw new Error(`at rest:\n${problems.join('\n')}`);
  }
}

function changesOf({ key, manifest, settings }: Edit): RowChange[] {
  if (key === settingsEditKey) {
    const rows = settingRows({ controllerName, allowLoopbackEndpoints: false, ...settings });
    return rows.map((row) => ({ kind: 'put', row }));
  }
  return [manifest === undefined ? { kind: 'delete', key } : { kind: 'put', row: rowOf(manifest) }];
}

const claims: Readonly<Record<ClaimKind, Claim>> = {
  all: (_, versions) => versions,
  half: (_, versions) => new Map([...versions].filter((_entry, i) => i % 2 === 0)),
  nothing: () => new Map(),
  wrong: (service, versions) => {
    const wrong = [...versions].map(([name, version], i): [string, string] => [
      name,
      i % 2 === 0 ? 'old' : version,
    ]);
    return new Map(service === 'CDS' ? [...wrong, ['gone', 'old'], ['__proto__', 'old']] : wrong);
  },
};

/** By content, so that all proxies reject the same. */
function isRejected(service: Service, { bytes }: HeldResource): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(badMarks[service]);
}

const badMarks: Readonly<Record<Service, string>> = {
  CDS: 'default/app2/',
  EDS: '10.0.0.3',
  SDS: 'other/tls',
  ECDS: 'no plugin is called so',
  LDS: 'a.example.com',
  SRDS: 'no scope is called so',
  RDS: '/8080:',
  VHDS: '/b/c',
};
