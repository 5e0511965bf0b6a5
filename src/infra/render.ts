import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { autoscaler } from './autoscaler.ts';
import { configSecret } from './config-secret.ts';
import { disruptionBudget } from './disruption-budget.ts';
import type { Manifest } from './manifest.ts';
import { serviceAccount } from './service-account.ts';
import { service } from './service.ts';
import type { Site } from './site.ts';
import { workload } from './workload.ts';

/** Renders all objects but the certificate's Secret, in the order of applying. Pure: all replicas render the same. */
export function renderInfrastructure(infrastructure: Infrastructure, site: Site): readonly Manifest[] {
  return [
    serviceAccount(infrastructure),
    configSecret(infrastructure, site),
    service(infrastructure, site),
    workload(infrastructure, site),
    autoscaler(infrastructure),
    disruptionBudget(infrastructure),
  ].filter((manifest) => manifest !== undefined);
}
