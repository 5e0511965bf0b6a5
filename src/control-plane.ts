import { readFileSync } from 'node:fs';
import type { LaneOptions } from './coalesce/lane.ts';
import type { Config } from './config/config.ts';
import { Controller, type LaneName, type Surroundings } from './controller.ts';
import { inlinePool } from './pool/inline.ts';
import { ThreadPool } from './pool/threads.ts';
import type { TranslatePool } from './pool/translate-pool.ts';
import type { RowChange } from './resource/row.ts';
import { settingsRow } from './resource/settings.ts';
import { AdsServer } from './xds/server.ts';

/** A controller with everything that the config file says of it: workers, server, settings. Sources are the caller's. */
export class ControlPlane {
  readonly controller: Controller;
  readonly #server: AdsServer;

  /** `build` is the program's own name and version, as proxies show it. */
  constructor(config: Config, surroundings: Surroundings, build: string) {
    this.controller = new Controller(
      {
        lanes: lanes(config),
        pools: { endpoints: pool(config, 'endpoints', surroundings), config: pool(config, 'config', surroundings) },
        stream: {
          holdMs: config.xds.holdMs,
          drainMs: config.xds.drainMs,
          maxResources: config.xds.maxResourcesPerResponse,
          maxBytes: config.xds.maxResponseBytes,
          controlPlane: build,
        },
      },
      surroundings,
    );
    this.#server = new AdsServer(
      {
        address: config.xds.address,
        port: config.xds.port,
        tls: serverTls(config.xds.tls),
        maxRequestBytes: config.xds.maxRequestBytes,
      },
      (node, write) => this.controller.fleet.connect(node, write),
    );
    this.controller.apply([settingsChange(config)]);
  }

  /** Starts to listen; resolves to the port. Proxies are answered when the controller is ready. */
  listen(): Promise<number> {
    return this.#server.listen();
  }

  /** Applies the options that can change while Sluice runs. */
  reconfigure(config: Config): void {
    this.controller.setLanes(lanes(config));
    this.controller.apply([settingsChange(config)]);
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.controller.close();
  }
}

function lanes(config: Config): Record<LaneName, LaneOptions> {
  const lane = (name: LaneName): LaneOptions => ({
    windowMs: config[name].windowMs,
    maxWindowMs: config[name].maxWindowMs,
    batchSize: config[name].batchSize,
    parallel: config[name].workers,
    holdMs: config.xds.holdMs,
  });
  return { endpoints: lane('endpoints'), config: lane('config') };
}

function pool(config: Config, lane: LaneName, { clock }: Surroundings): TranslatePool {
  if (config.translate.mode === 'inline') return inlinePool;
  const { deadlineMs, workerHeapMiB } = config.translate;
  return new ThreadPool({ workers: config[lane].workers, deadlineMs, heapMiB: workerHeapMiB }, clock);
}

function settingsChange(config: Config): RowChange {
  const { controllerName, translate } = config;
  return {
    kind: 'put',
    row: settingsRow({ controllerName, allowLoopbackEndpoints: translate.allowLoopbackEndpoints }),
  };
}

function serverTls(tls: Config['xds']['tls']): ConstructorParameters<typeof AdsServer>[0]['tls'] {
  if (tls === 'off') return 'off';
  return {
    certificate: readFileSync(tls.certFile),
    privateKey: readFileSync(tls.keyFile),
    ca: readFileSync(tls.caFile),
  };
}
