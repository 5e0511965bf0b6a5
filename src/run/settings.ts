import type { Config } from '../config/config.ts';
import { settingRows } from '../kinds/own/setting-rows.ts';
import type { RowChange } from '../kinds/row.ts';
import type { LaneOptions } from '../schedule/lane.ts';
import type { LaneName } from '../units/unit-def.ts';
import type { StreamOptions } from '../xds/delta-stream.ts';

/** Returns the options that translation reads, as rows. */
export function settingChanges(config: Config): RowChange[] {
  const { controllerName, translate, wasm, provider } = config;
  const rows = settingRows({
    controllerName,
    allowLoopbackEndpoints: translate.allowLoopbackEndpoints,
    backendHostnames: translate.backends.hostnames,
    backendUnixSockets: translate.backends.unixSockets,
    lua: translate.lua,
    hostnames: { ...translate.hostnames, owners: Object.entries(translate.hostnames.owners) },
    wasmHostKeys: wasm.hostKeys,
    managedProxies: provider.type === 'kubernetes' && provider.kubernetes.infrastructure.enabled,
  });
  return rows.map((row) => ({ kind: 'put', row }));
}

export function laneOptions(config: Config): Record<LaneName, LaneOptions> {
  const lane = (name: LaneName): LaneOptions => ({
    windowMs: config[name].windowMs,
    maxWindowMs: config[name].maxWindowMs,
    batchSize: config[name].batchSize,
    parallel: config[name].workers,
    holdMs: config.xds.holdMs,
  });
  return { endpoints: lane('endpoints'), config: lane('config') };
}

/** Reads the config at each use, so that a new one reaches open streams. */
export function streamOptions(config: () => Config, controlPlane: string): StreamOptions {
  return {
    get holdMs() {
      return config().xds.holdMs;
    },
    get drainMs() {
      return config().xds.drainMs;
    },
    get maxResources() {
      return config().xds.maxResourcesPerResponse;
    },
    get maxBytes() {
      return config().xds.maxResponseBytes;
    },
    controlPlane,
  };
}
