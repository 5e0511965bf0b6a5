import type { Config } from '../config/config.ts';
import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import { Faults } from '../observe/faults.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { InfrastructureProcess } from './infrastructure-process.ts';
import type { Running, Started } from './running.ts';
import { openServerIdentity, type ServerIdentity } from './server-identity.ts';
import { takenPort } from './taken-port.ts';

interface Surroundings {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Starts the separate process that runs the proxies. On an error, everything that was started is ended again. */
export async function startInfrastructure(
  config: Config,
  { log, metrics, clock: plainClock }: Surroundings,
): Promise<Started<Running>> {
  const { provider } = config;
  if (provider.type !== 'kubernetes') return failed('provider.type is not kubernetes');
  const { enabled, process: runBy } = provider.kubernetes.infrastructure;
  if (!enabled) return failed('provider.kubernetes.infrastructure.enabled is false');
  if (runBy !== 'separate') {
    return failed(
      'provider.kubernetes.infrastructure.process is not separate: sluice serve runs the proxies itself',
    );
  }
  const taken = await takenPort(config, ['admin', 'probes']);
  if (taken !== undefined) return failed(taken);
  const faults = new Faults(log, metrics, plainClock);
  const { clock } = faults;
  let cluster: Cluster | undefined;
  let server: ServerIdentity | undefined;
  let infrastructure: InfrastructureProcess | undefined;
  const close = async (): Promise<void> => {
    await infrastructure?.close();
    server?.close();
    await cluster?.api.close();
  };
  try {
    cluster = await openCluster(provider.kubernetes);
    server = await openServerIdentity(config.xds.tls, cluster, { mayWrite: false, log, metrics, clock });
    const certificates = must(server.certificates, 'xds.tls.secret');
    infrastructure = new InfrastructureProcess(config, cluster, certificates, { log, metrics, clock });
    const running = await infrastructure.start(faults);
    return { kind: 'running', sluice: { ...running, close } };
  } catch (error) {
    await close();
    return failed(`cannot start: ${failureText(error)}`);
  }
}

function failed(line: string): Started<Running> {
  return { kind: 'error', line };
}
