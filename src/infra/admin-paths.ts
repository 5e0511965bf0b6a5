import { metricsPath, readinessPath } from './readiness-listener.ts';

export const drainRequests = {
  connections: '/stats?filter=downstream_cx_active',
  fail: '/healthcheck/fail',
  drain: '/drain_listeners?graceful&skip_exit',
} as const;

/** Returns matchers of the paths that the admin server answers. Others reveal the token, or end the proxy. */
export function adminPaths(drains: boolean): readonly object[] {
  const paths = [readinessPath, metricsPath, ...(drains ? Object.values(drainRequests) : [])];
  // A scraper may request part of the metrics by query.
  return [...paths.map((path) => ({ exact: path })), { prefix: `${metricsPath}?` }];
}
