import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { Controller, type ControllerOptions, type LaneName } from '../controller.ts';
import type { LaneOptions } from '../coalesce/lane.ts';
import { FileSource } from '../file/file-source.ts';
import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { inlinePool } from '../pool/inline.ts';
import { ThreadPool } from '../pool/threads.ts';
import type { TranslatePool } from '../pool/translate-pool.ts';
import type { RowChange } from '../resource/row.ts';
import { settingsRow } from '../resource/settings.ts';
import type { StreamOptions } from '../xds/delta-stream.ts';
import { AdsServer, type ServerOptions } from '../xds/server.ts';
import { startAdmin, type AdminServer } from './admin.ts';
import { isPortFree } from './free-port.ts';
import { objectStatuses } from './objects.ts';

export interface ControlPlaneSurroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Also told of every change that the source gives. */
  readonly onChanges?: (changes: readonly RowChange[]) => void;
}

/** A running control plane: source, pipeline, xDS server and admin server. */
export interface ControlPlane {
  readonly xdsPort: number;
  readonly adminPort: number;
  /** Resolves when the source was read once and all of it is translated. */
  readonly ready: Promise<void>;
  /** Gateways that have something to serve, as `namespace/name`. */
  gateways(): readonly string[];
  /** Applies the live options. */
  reconfigure(config: Config): void;
  close(): Promise<void>;
}

export type StartedControlPlane =
  | { readonly kind: 'running'; readonly controlPlane: ControlPlane }
  | { readonly kind: 'error'; readonly line: string };

/** Starts everything, or nothing: on an error, which is one line, what was started has been ended again. */
export async function startControlPlane(
  config: Config,
  surroundings: ControlPlaneSurroundings,
): Promise<StartedControlPlane> {
  const taken = await takenPort(config);
  if (taken !== undefined) return { kind: 'error', line: taken };
  const { log, metrics, clock } = surroundings;
  const live = new LiveOptions(config);
  const controller = new Controller(
    { lanes: lanesOf(config), pools: poolsOf(config, clock), stream: live.stream },
    { log, metrics, clock },
  );
  const apply = (changes: readonly RowChange[]): void => {
    surroundings.onChanges?.(changes);
    controller.apply(changes);
  };
  let notReady: string | undefined = 'the first scan of the source is not complete';
  const source = new FileSource(config.provider.file, { log, clock, metrics, onChanges: apply });
  const server = new AdsServer(serverOptions(config), (node, write) => controller.fleet.connect(node, write));
  let admin: AdminServer | undefined;
  const close = async (): Promise<void> => {
    await source.close();
    server.close();
    await controller.close();
    await admin?.close();
  };
  try {
    const xdsPort = await server.listen();
    admin = await startAdmin(
      config.admin,
      {
        notReady: () => notReady,
        objects: () => objectStatuses(controller.reports),
        problems: () => source.problems(),
      },
      metrics,
    );
    controller.apply([{ kind: 'put', row: settingsRow(settingsOf(config)) }]);
    await source.start();
    controller.sourcesComplete();
    notReady = 'the first translation is not complete';
    const ready = controller.ready.then(() => {
      notReady = undefined;
      return undefined;
    });
    const controlPlane: ControlPlane = {
      xdsPort,
      adminPort: admin.port,
      ready,
      gateways: () => controller.gateways(),
      reconfigure(next) {
        live.config = next;
        controller.setLanes(lanesOf(next));
        controller.apply([{ kind: 'put', row: settingsRow(settingsOf(next)) }]);
      },
      close,
    };
    return { kind: 'running', controlPlane };
  } catch (error) {
    await close();
    return { kind: 'error', line: `the control plane cannot start (${failureText(error)})` };
  }
}

/** Streams read their options at each use, so a new config reaches the open ones too. */
class LiveOptions {
  config: Config;
  readonly stream: StreamOptions;

  constructor(config: Config) {
    this.config = config;
    const xds = () => this.config.xds;
    this.stream = {
      get holdMs() {
        return xds().holdMs;
      },
      get drainMs() {
        return xds().drainMs;
      },
      get maxResources() {
        return xds().maxResourcesPerResponse;
      },
      get maxBytes() {
        return xds().maxResponseBytes;
      },
      controlPlane: hostname(),
    };
  }
}

function lanesOf(config: Config): Readonly<Record<LaneName, LaneOptions>> {
  const lane = (name: LaneName): LaneOptions => ({
    windowMs: config[name].windowMs,
    maxWindowMs: config[name].maxWindowMs,
    batchSize: config[name].batchSize,
    parallel: config[name].workers,
    holdMs: config.xds.holdMs,
  });
  return { endpoints: lane('endpoints'), config: lane('config') };
}

function poolsOf({ translate, ...config }: Config, clock: Clock): ControllerOptions['pools'] {
  const pool = (name: LaneName): TranslatePool =>
    translate.mode === 'inline'
      ? inlinePool
      : new ThreadPool(
          { workers: config[name].workers, deadlineMs: translate.deadlineMs, heapMiB: translate.workerHeapMiB },
          clock,
        );
  return { endpoints: pool('endpoints'), config: pool('config') };
}

function serverOptions({ xds }: Config): ServerOptions {
  const { address, port, tls, maxRequestBytes } = xds;
  return {
    address,
    port,
    maxRequestBytes,
    tls:
      tls === 'off'
        ? 'off'
        : {
            certificate: readFileSync(tls.certFile),
            privateKey: readFileSync(tls.keyFile),
            ca: readFileSync(tls.caFile),
          },
  };
}

function settingsOf(config: Config): { controllerName: string; allowLoopbackEndpoints: boolean } {
  const { controllerName, translate } = config;
  return { controllerName, allowLoopbackEndpoints: translate.allowLoopbackEndpoints };
}

/** Asked before anything starts, since the servers' own errors do not say which option to change. */
async function takenPort(config: Config): Promise<string | undefined> {
  for (const name of ['xds', 'admin'] as const) {
    const { address, port } = config[name];
    if (port !== 0 && !(await isPortFree(port, address))) {
      return `port ${port} on ${address} is in use: end the program that has it, or choose another ${name}.port`;
    }
  }
  return undefined;
}
