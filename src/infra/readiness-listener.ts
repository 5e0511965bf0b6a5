import { staticListener } from './static-listener.ts';

/** Path that answers 200 while Envoy has its config and does not drain, and 503 otherwise. */
export const readinessPath = '/ready';

/** Path of Envoy's metrics in Prometheus' format. */
export const metricsPath = '/stats/prometheus';

/** Leads two paths of the admin server out of the pod, and no other, as most of them change or tell what nobody else may. */
export function readinessListener(port: number, adminCluster: string): object {
  return staticListener({
    name: 'readiness',
    port,
    routes: [readinessPath, metricsPath].map((path) => ({
      match: { path },
      route: { cluster: adminCluster },
    })),
  });
}
