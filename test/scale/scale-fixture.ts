import { setImmediate as turn } from 'node:timers/promises';
import type { ResourceKey } from '../../src/lib/key.ts';
import { View } from '../../src/publish/view.ts';
import type { ClientOptions, Dial } from '../rig/xds/client-options.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { names, sizedObjects, type Sizes } from '../rig/objects/sized-objects.ts';
import type { Steps } from './steps.ts';
import { Touches } from './touches.ts';

export const measures = [
  'units',
  'rounds',
  'rows',
  'workerBytes',
  'views',
  'messages',
  'wireBytes',
  'steps',
] as const;
export type Measure = (typeof measures)[number];
export type Counts = Readonly<Record<Measure, number>> & {
  /** Steps by file. */
  readonly files: ReadonlyMap<string, number>;
};

export interface Event {
  /** Prepares the event, even again; not counted. */
  readonly before?: (fixture: ScaleFixture, revision: number) => void;
  /** `revision`: of content that did not exist before. */
  readonly happens: (fixture: ScaleFixture, revision: number) => void;
  readonly after?: (fixture: ScaleFixture) => void;
}

const longestHoldMs = 4000;
const touchedViews = new Touches(View);

/** The whole pipeline at given sizes, with proxies and counters. */
export class ScaleFixture {
  readonly pipeline: Pipeline;
  readonly sizes: Sizes;
  readonly proxies: readonly DeltaClient[];
  readonly #steps: Steps;
  readonly #pool: CountingPool;
  readonly #clients: DeltaClient[] = [];
  readonly #restated = new Set<ResourceKey>();
  #visitor: DeltaClient | undefined;
  #messages = 0;
  #wireBytes = 0;

  private constructor(sizes: Sizes, steps: Steps) {
    this.sizes = sizes;
    this.#steps = steps;
    this.#pool = new CountingPool();
    this.pipeline = new Pipeline({
      pools: { endpoints: this.#pool, config: this.#pool },
      settings: { lua: true },
      onStatus: (object) => this.#restated.add(object),
    });
    this.proxies = names(sizes.proxies + 1).map((id) => this.connect({ id }));
    for (const name of names(sizes.gateways)) this.connect({ id: name, gateway: `default/gateway-${name}` });
  }

  /** Also returns the costs of the start. */
  static async started(sizes: Sizes, steps: Steps): Promise<{ fixture: ScaleFixture; start: Counts }> {
    const started = new ScaleFixture(sizes, steps);
    const start = await started.#count(() => {
      started.pipeline.apply(...sizedObjects(sizes));
      started.pipeline.controller.sourcesComplete();
    });
    return { fixture: started, start };
  }

  connect(options: ClientOptions): DeltaClient {
    const client = this.pipeline.connect(options, this.#dial);
    this.#clients.push(client);
    return client;
  }

  visit(): void {
    this.#visitor = this.connect({ id: 'visitor' });
  }

  leave(): void {
    this.#visitor?.close();
  }

  async play(event: Event, revision: number): Promise<void> {
    event.before?.(this, revision);
    await this.#still();
    event.happens(this, revision);
    await this.#end(event);
  }

  /** Includes the statuses that a leader would have to read. */
  async counted(event: Event, revision: number): Promise<Counts> {
    event.before?.(this, revision);
    await this.#still();
    const counts = await this.#count(() => event.happens(this, revision));
    await this.#end(event);
    return counts;
  }

  close(): Promise<void> {
    return this.pipeline.close();
  }

  readonly #dial: Dial = (node, receive) =>
    this.pipeline.dial(node, (message) => {
      this.#messages++;
      this.#wireBytes += message.length;
      receive(message);
    });

  async #count(happens: () => void): Promise<Counts> {
    this.#take();
    happens();
    await this.#still();
    return this.#take();
  }

  /** Removed resources stay with proxies for a while. */
  async #end(event: Event): Promise<void> {
    event.after?.(this);
    await this.#still();
    await this.pipeline.pass(longestHoldMs);
    await this.#still();
  }

  /** As `Pipeline.quiet`, which asks every stream and so would be in the count. */
  async #still(): Promise<void> {
    for (let still = 0; still < 8; still++) {
      await turn();
      if (this.pipeline.controller.backlog > 0 || !this.#clients.every((client) => client.idle)) still = 0;
    }
    // As the leader does.
    for (const object of this.#restated) this.pipeline.controller.status(object);
    this.#restated.clear();
  }

  #take(): Counts {
    const { sent, rows, bytes } = this.#pool.take();
    const files = this.#steps.take();
    const counts = {
      units: sent.size,
      rounds: Math.max(0, ...sent.values()),
      rows,
      workerBytes: bytes,
      views: touchedViews.take(),
      messages: this.#messages,
      wireBytes: this.#wireBytes,
      steps: files.values().reduce((sum, count) => sum + count, 0),
      files,
    };
    this.#messages = 0;
    this.#wireBytes = 0;
    return counts;
  }
}
