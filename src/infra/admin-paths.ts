import { metricsPath, readinessPath } from './readiness-listener.ts';

/** Requests of a drain to the admin server. */
export const drainRequests = {
  connections: '/stats?filter=downstream_cx_active',
  fail: '/healthcheck/fail',
  drain: '/drain_listeners?graceful&skip_exit',
} as const;

/** Matchers of the only paths, with their queries, that the admin server answers: others tell the token, or end the proxy. */
export function adminPaths(drains: boolean): readonly object[] {
  const paths = [readinessPath, metricsPath, ...(drains ? Object.values(drainRequests) : [])];
  // Whoever scrapes may ask for a part of the metrics.
  return [...paths.map((path) => ({ exact: path })), { prefix: `${metricsPath}?` }];
}
