/** Components of Envoy Gateway's API that Envoy knows: it does not start with any other. */
const components: ReadonlySet<string> = new Set([
  'admin',
  'client',
  'connection',
  'filter',
  'http',
  'main',
  'router',
  'runtime',
  'upstream',
]);

const levels: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn', 'error', 'critical', 'off']);

/** A component with its level, or `default` with that of all others. */
type Level = readonly [component: string, level: string];

export function isLogLevel([component, level]: Level): boolean {
  return (component === 'default' || components.has(component)) && levels.has(level);
}
