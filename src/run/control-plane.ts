import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Config } from '../config/config.ts';
import { Controller, type Surroundings } from './controller.ts';
import { must } from '../lib/assert.ts';
import type { TlsIdentity } from '../lib/tls-identity.ts';
import { Faults } from '../observe/faults.ts';
import { Refusals } from '../observe/refusals.ts';
import { inlinePool } from '../pool/inline.ts';
import { NearbyPool } from '../pool/nearby.ts';
import { ThreadPool } from '../pool/threads.ts';
import type { TranslatePool } from '../pool/translate-pool.ts';
import { fleetNamed } from '../units/fleet-key.ts';
import type { LaneName } from '../units/unit-def.ts';
import { AdsServer, type ServerOptions } from '../xds/server.ts';
import { laneOptions, settingChanges, streamOptions } from './settings.ts';

/** A controller with the workers, server and settings of the config file. The caller adds sources. */
export class ControlPlane {
  readonly controller: Controller;
  readonly #server: AdsServer;
  #config: Config;
  #refusedSerials: ReadonlySet<string>;

  /** `build` is shown to proxies. `identity` is required unless `xds.tls` is off. */
  constructor(
    config: Config,
    surroundings: Surroundings,
    build: string,
    identity?: TlsIdentity,
    pools: Pools = poolsOf(config, surroundings),
  ) {
    this.#config = config;
    this.#refusedSerials = serials(config);
    this.controller = new Controller(
      {
        lanes: laneOptions(config),
        pools,
        stream: streamOptions(() => this.#config, build),
        namedObjectWaitMs:
          config.provider.type === 'kubernetes' ? config.provider.kubernetes.namedObjectWaitMs : 0,
      },
      { ...surroundings, onGatewayUid: (fleet) => this.#server.dropRevoked(fleet) },
    );
    const { clock, metrics } = surroundings;
    const { fleet } = this.controller;
    const refusals = new Refusals(surroundings.log, surroundings.metrics, surroundings.clock);
    const faults = new Faults(surroundings.log, metrics, clock);
    this.#server = new AdsServer(
      serverOptions(() => this.#config, identity),
      {
        clock,
        uidOf: (of) => this.controller.uidOf(of),
        refusedSerials: () => this.#refusedSerials,
        connect: (...client) => fleet.connect(...client),
        mostNames: (name) => fleet.mostNames(fleetNamed(name)),
        ready: this.controller.ready,
        onRefused: (reason, client, details) => refusals.add(reason, client, details),
        onFault: (error) => faults.note('listener', error),
        onDelayed: () => metrics.delayedStreams.inc(),
        onCongested: (isCongested, of) => {
          if (isCongested) metrics.congestions.inc();
          fleet.pause(isCongested, of);
        },
      },
    );
    this.controller.apply(settingChanges(config));
  }

  /** Resolves to the port. Proxies get no answer until the controller is ready. */
  listen(): Promise<number> {
    return this.#server.listen();
  }

  reconfigure(config: Config): void {
    this.#config = config;
    this.#refusedSerials = serials(config);
    this.#server.dropRevoked(undefined);
    this.controller.setLanes(laneOptions(config));
    this.controller.apply(settingChanges(config));
  }

  /** Memory of all threads' heaps, external buffers included, in bytes. */
  async heapBytes(): Promise<number> {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory + (await this.controller.workerHeapBytes());
  }

  async close(): Promise<void> {
    this.#server.close();
    await this.controller.close();
  }
}

/** Returns serial numbers as Node.js writes them: whole bytes, upper case, without leading zeros. */
function serials({ xds }: Config): ReadonlySet<string> {
  return new Set(
    xds.refusedSerials.map((text) => {
      const digits = text.replaceAll(':', '').replace(/^0+/, '').toUpperCase();
      return digits.length % 2 === 0 ? digits : `0${digits}`;
    }),
  );
}

function serverOptions(config: () => Config, identity: TlsIdentity | undefined): ServerOptions {
  const { address, port, tls, maxRequestBytes, maxConnectionAgeMs } = config().xds;
  return {
    address,
    port,
    tls: tls === 'off' ? 'off' : must(identity, 'identity of the xDS server'),
    maxRequestBytes,
    maxConnectionAgeMs,
    get stalledAfterMs() {
      return config().xds.stalledAfterMs;
    },
    get maxStartingStreams() {
      return config().xds.maxStartingStreams;
    },
    get maxStreamsPerGateway() {
      return config().xds.maxStreamsPerGateway || streamsThatFit();
    },
    get maxUnknownNames() {
      return config().xds.maxUnknownNames;
    },
  };
}

/** A stream over TLS takes 80 KiB at first, 580 KiB with a thousand clusters (`npm run soak:xds -- fleet-tls`). */
function streamsThatFit(): number {
  const all = totalmem();
  const constrained = process.constrainedMemory();
  return Math.floor((constrained === 0 ? all : Math.min(all, constrained)) / 2 / (256 * 1024));
}

type Pools = Readonly<Record<LaneName, TranslatePool>>;

function poolsOf(config: Config, { clock }: Surroundings): Pools {
  const { mode, deadlineMs, workerHeapMiB, nearbyEndpointBytes } = config.translate;
  if (mode === 'inline') return { endpoints: inlinePool, config: inlinePool };
  const options = { deadlineMs, heapMiB: workerHeapMiB };
  const ofConfig = new ThreadPool({ workers: config.config.workers, ...options }, clock);
  const ofEndpoints = new ThreadPool(
    { workers: config.endpoints.workers, startsLate: true, ...options },
    clock,
  );
  return { endpoints: new NearbyPool(ofEndpoints, ofConfig, nearbyEndpointBytes), config: ofConfig };
}
