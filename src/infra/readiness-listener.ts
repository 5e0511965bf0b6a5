import { staticListener, type IpFamily } from './static-listener.ts';

/** Answers 200 while Envoy has its config and does not drain, and 503 otherwise. */
export const readinessPath = '/ready';

export const metricsPath = '/stats/prometheus';

/** Opens two paths of the admin server to other pods. Others change the proxy or reveal secrets. */
export function readinessListener(port: number, ipFamily: IpFamily, adminCluster: string): object {
  return staticListener({
    name: 'readiness',
    ipFamily,
    port,
    routes: [readinessPath, metricsPath].map((path) => ({
      match: { path },
      route: { cluster: adminCluster },
    })),
  });
}
