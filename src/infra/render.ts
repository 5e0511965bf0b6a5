import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { autoscaler } from './autoscaler.ts';
import { configSecret } from './config-secret.ts';
import { disruptionBudget } from './disruption-budget.ts';
import type { Manifest } from './manifest.ts';
import { serviceAccount } from './service-account.ts';
import { service } from './service.ts';
import type { Site } from './site.ts';
import { workload } from './workload.ts';

/**
 * Every object of one Gateway's data plane but the Secret of its certificate, in the order in which they are to be
 * applied. Pure, so every replica renders the same.
 */
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
