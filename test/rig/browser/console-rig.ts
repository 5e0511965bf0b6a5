import { setImmediate as turn } from 'node:timers/promises';
import { must } from '../../../src/lib/assert.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Faults } from '../../../src/observe/faults.ts';
import { createMetrics, type Metrics } from '../../../src/observe/metrics.ts';
import { startAdmin } from '../../../src/run/admin.ts';
import { consolePages } from '../../../src/run/console/pages.ts';
import type { HttpServer } from '../../../src/run/http-server.ts';
import * as m from '../objects/manifests.ts';
import type { ManualClock } from '../pipeline/manual-clock.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { SilentLog } from '../pipeline/silent-log.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

const none = (): [] => [];

/** The real admin server with the console of a pipeline. Seconds go by only by `tick`. */
export class ConsoleRig {
  readonly pipeline: Pipeline;
  readonly metrics: Metrics;
  waitsFor: string | undefined;
  #admin: HttpServer | undefined;
  #port = 0;

  private constructor(pipeline: Pipeline, metrics: Metrics) {
    this.pipeline = pipeline;
    this.metrics = metrics;
  }

  static async started(...objects: readonly object[]): Promise<ConsoleRig> {
    const metrics = createMetrics();
    const rig = new ConsoleRig(await Pipeline.started([...base, ...objects], { metrics }), metrics);
    await rig.start();
    return rig;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the admin server on the port that it had before. */
  async start(): Promise<void> {
    const { controller, clock } = this.pipeline;
    const notReady = (): string | undefined => this.waitsFor;
    this.#admin = await startAdmin(
      { address: '127.0.0.1', port: this.#port },
      {
        notReady,
        objects: none,
        problems: none,
        proxies: none,
        console: consolePages({
          controller,
          metrics: this.metrics,
          clock,
          notReady,
          fetched: () => [].values(),
        }),
      },
      this.metrics,
      new Faults(new SilentLog(), this.metrics, systemClock),
    );
    this.#port = this.#admin.port;
  }

  async stop(): Promise<void> {
    await must(this.#admin, 'admin server').close();
    // Sockets tell of their end in a later turn.
    await turn();
  }

  async tick(): Promise<void> {
    await (this.pipeline.clock as ManualClock).advanceBy(1000);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.pipeline.controller.close();
    this.metrics.close();
  }
}
