import type { Config } from '../config/config.ts';
import { ControlPlane } from './control-plane.ts';
import type { Clock } from '../lib/clock.ts';
import { must } from '../lib/assert.ts';
import { failureText } from '../lib/failure.ts';
import type { ResourceKey } from '../lib/key.ts';
import { Faults } from '../observe/faults.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RowChange } from '../kinds/row.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { consolePages } from './console/pages.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import { startAdmin } from './admin.ts';
import { countEvents } from './count-events.ts';
import type { HttpServer } from './http-server.ts';
import { startProbes } from './probes.ts';
import { objectStatuses } from './objects.ts';
import { inForcePages } from './in-force/pages.ts';
import { Leader } from './leader.ts';
import { openServerIdentity, type ServerIdentity } from './server-identity.ts';
import { proxyList } from './proxy-json.ts';
import { replicaIdentity } from './replica-identity.ts';
import { Replicas } from './replicas.ts';
import type { Running, Started } from './running.ts';
import { Fetches } from './fetches.ts';
import { openSessions, type Sessions } from './sessions.ts';
import type { EditedSluice } from './edit-report.ts';
import { isAnyPending } from './pending-proxies.ts';
import { fileSource, kubeSource, type Source, type SourcePorts } from './source.ts';
import { takenPort, type ServerName } from './taken-port.ts';
import { buildName } from './version.ts';

export interface StartSurroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly onChanges?: (changes: readonly RowChange[]) => void;
  readonly onStatus?: (object: ResourceKey) => void;
  readonly onPublish?: (fleet: FleetKey) => void;
  readonly logsConditions?: boolean;
  /** Names the option for a server's port; default: that of the config file. */
  readonly portOption?: (server: ServerName) => string;
}

export interface RunningSluice extends Running, EditedSluice {
  readonly xdsPort: number;
  /** Gateways that have something to serve, as `namespace/name`. */
  gateways(): readonly string[];
  /** Number of broken objects of the source. While there are some, an absent object may only be broken. */
  problems(): number;
}

/** On an error, everything that was started is ended again. */
export async function start(
  config: Config,
  surroundings: StartSurroundings,
): Promise<Started<RunningSluice>> {
  const taken = await takenPort(config, ['xds', 'admin', 'probes'], surroundings.portOption);
  if (taken !== undefined) return { kind: 'error', line: taken };
  const { log, metrics } = surroundings;
  const faults = new Faults(log, metrics, surroundings.clock);
  const { clock } = faults;
  const { provider } = config;
  let { controllerName } = config;
  let cluster: Cluster | undefined;
  let server: ServerIdentity;
  try {
    if (provider.type === 'kubernetes') cluster = await openCluster(provider.kubernetes);
    server = await openServerIdentity(config.xds.tls, cluster, {
      mayWrite: true,
      log,
      metrics,
      clock,
    });
  } catch (error) {
    await cluster?.api.close();
    return { kind: 'error', line: `cannot start: ${failureText(error)}` };
  }
  const replica = replicaIdentity(process.env);
  const leader =
    cluster &&
    new Leader(cluster, replica, server.certificates, {
      log,
      clock,
      metrics,
      controllerName: () => controllerName,
      notices: () => controller.notices(),
      eventObject: (object) => source?.eventObject(object),
      wanted: (object) => controller.wantedStatus(object),
      onProxyProblem: (fleet) => controller.proxiesDiffer(fleet),
      write: (object, patch, signal) =>
        must(source, 'source').writeStatus(object, patch, controllerName, signal),
    });
  const replicas =
    cluster &&
    new Replicas(cluster, replica, {
      log,
      clock,
      metrics,
      acknowledged: (gateway) => controller.acknowledged(gateway),
      rejections: (object) => controller.rejections(object),
      onListeners: (gateway) => controller.gatewayDiffers(gateway),
      onRejection: (object) => controller.statusMayDiffer(object),
      onProblem: (gateway) => controller.gatewayDiffers(gateway),
    });
  let options = config;
  const fetches = new Fetches({
    log,
    clock,
    metrics,
    options: () => options,
    refused: () => (cluster === undefined ? [] : [cluster.api.hostname]),
    onRow: (change) => controller.apply([change]),
  });
  const controlPlane = new ControlPlane(
    config,
    {
      log,
      metrics,
      clock,
      onStatus(object) {
        leader?.statusChanged(object);
        replicas?.statusChanged(object);
        surroundings.onStatus?.(object);
      },
      onPublish: surroundings.onPublish,
      onNotice: (notice, isTrue) => leader?.noticeChanged(notice, isTrue),
      logsConditions: surroundings.logsConditions,
      proxyProblem: (fleet) => leader?.proxyProblem(fleet) ?? replicas?.problem(fleet),
      rejectedElsewhere: (object) => replicas?.rejected(object) ?? new Map(),
      isAcknowledgedElsewhere: (gateway, version) => replicas?.has(gateway, version) === true,
      ...fetches.surroundings,
      onInfrastructure: (fleet, wanted) => leader?.infrastructureChanged(fleet, wanted),
    },
    buildName(),
    server.identity,
  );
  const { controller } = controlPlane;
  let sessions: Sessions | undefined;
  let source: Source | undefined;
  let admin: HttpServer | undefined;
  let probes: HttpServer | undefined;
  let stage: 'reading' | 'translating' | 'ready' = 'reading';
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    await Promise.all([leader?.close(), replicas?.close(), fetches.close()]);
    await source?.close();
    sessions?.close();
    server.close();
    await cluster?.api.close();
    await controlPlane.close();
    await Promise.all([admin?.close(), probes?.close()]);
  };
  try {
    const ports: SourcePorts = {
      log,
      clock,
      metrics,
      onChanges(changes) {
        countEvents(changes, metrics);
        surroundings.onChanges?.(changes);
        controller.apply(changes);
      },
      onObserved: (object, observed) => leader?.statusObserved(object, observed),
    };
    const opened =
      provider.type === 'file'
        ? fileSource(provider.file, ports)
        : kubeSource(
            must(cluster, 'cluster').api,
            { namespaces: provider.kubernetes.namespaces, scripts: config.translate.lua },
            ports,
          );
    source = opened;
    sessions = openSessions(config.sessions, cluster, {
      log,
      clock,
      onRow: (change) => controller.apply([change]),
    });
    const { tried } = sessions;
    const xdsPort = await controlPlane.listen();
    const notReady = (): string | undefined => {
      if (stage === 'reading') return opened.waitsFor();
      if (stage === 'translating') return 'the first translation is not complete';
      const waitsFor = server.waitsFor();
      return waitsFor === undefined
        ? undefined
        : `waiting for the certificate of the xDS server: ${waitsFor}`;
    };
    metrics.setReady(() => notReady() === undefined);
    probes = await startProbes(config.probes, notReady, faults);
    admin = await startAdmin(
      config.admin,
      {
        notReady,
        objects: () => objectStatuses(controller, (key) => opened.apiVersionOf(key)),
        problems: () => opened.problems(),
        proxies: (id) => proxyList(controller.fleet.connected(), id, clock),
        inForce: inForcePages(controller, clock, () => options),
        console: consolePages({ controller, metrics, clock, notReady, fetched: () => fetches.states() }),
      },
      metrics,
      faults,
    );
    const read = async (): Promise<void> => {
      await Promise.all([opened.start(), tried]);
      if (closed) return;
      controller.sourcesComplete();
      stage = 'translating';
    };
    const reading = read();
    // An API server may be away for long: meanwhile probes must be answered, and Sluice must be able to end.
    if (!opened.isRemote) await reading;
    const becomeReady = async (): Promise<void> => {
      await reading;
      await controller.ready;
      stage = 'ready';
      if (closed) return;
      replicas?.start();
      leader?.start();
    };
    const sluice: RunningSluice = {
      xdsPort,
      adminPort: admin.port,
      probesPort: probes.port,
      ready: becomeReady(),
      gateways: () => controller.gateways(),
      problems: () => opened.problems().length,
      status: (object) => controller.status(object),
      fileProblems: () => opened.fileProblems(),
      placeOf: (object, path) => opened.placeOf(object, path),
      isSettled: () => controller.isIdle && !isAnyPending(controller.fleet),
      proxiesOf: (fleet) => [...controller.fleet.connected()].filter((proxy) => proxy.fleet === fleet).length,
      reconfigure(next) {
        ({ controllerName } = next);
        options = next;
        controlPlane.reconfigure(next);
      },
      close,
    };
    return { kind: 'running', sluice };
  } catch (error) {
    await close();
    return { kind: 'error', line: `cannot start: ${failureText(error)}` };
  }
}
