import type { Clock } from '../lib/clock.ts';
import type { FleetKey } from '../units/fleet-key.ts';
import type { GatewayObjectsPorts } from './gateway-objects.ts';
import type { BackOff } from './kept-gateway.ts';
import type { Site } from './site.ts';

interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** No callback may throw. */
export interface InfrastructureKeeperPorts extends Pick<
  GatewayObjectsPorts,
  'objects' | 'clientCertificate'
> {
  readonly log: Log;
  readonly clock: Clock;
  /** Returns undefined until there are certificates. */
  readonly site: () => Site | undefined;
  /** `slow`: for failures that last until somebody changes something. */
  readonly backOff: (pace: 'fast' | 'slow') => BackOff;
  readonly onApplied?: GatewayObjectsPorts['onApplied'];
  /** Called with the number of Gateways that wait or are under way. */
  readonly onBacklog?: (fleets: number) => void;
  /** Called with the reason why the proxies of a fleet cannot be run as wanted, in one line; undefined: they can. */
  readonly onProblem?: (fleet: FleetKey, message: string | undefined) => void;
}
