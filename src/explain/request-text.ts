import type { GatewayAnswer, NearMiss, RequestExplanation, RouteAnswer } from './answer.ts';
import { backendText, percentOf } from './explain-route.ts';
import { proxyLines } from './proxy-lines.ts';

/** Returns lines for people; the first is the answer. */
export function requestLines({ url, method, answer, gateways }: RequestExplanation): string[] {
  return [`${method} ${url}`, answer, ...gateways.flatMap(gatewayLines)];
}

function gatewayLines(of: GatewayAnswer): string[] {
  const { gateway, listener, domain, routes, nearMisses, why, proxies } = of;
  const { port, protocol, chain, boundPort, certificates } = listener;
  const at = boundPort === undefined ? '' : ` (Envoy binds ${boundPort})`;
  return [
    '',
    `Gateway ${gateway}${of.answer === '' ? '' : `: ${of.answer}`}`,
    `  listener      ${chain === undefined ? 'none' : `${protocol}, port ${port}${at}, filter chain ${chain}`}`,
    ...(certificates.length === 0 ? [] : [`  certificates  ${certificates.join(', ')}`]),
    ...(domain === undefined ? [] : [`  hostname      ${domain}`]),
    ...routes.flatMap(routeLines),
    ...why.map((reason) => `  why           ${reason}`),
    ...nearMisses.map(missLine),
    ...proxyLines(proxies).map((line) => `  ${line}`),
  ];
}

function routeLines({
  route,
  place,
  share,
  action,
  backends,
  mirrors,
  effects,
  policies,
}: RouteAnswer): string[] {
  const who = route === undefined ? 'Sluice' : `${route} ${place}`;
  const fallbacks = backends.filter(({ isFallback }) => isFallback);
  return [
    `  route         ${who}${share < 1 ? ` (${percentOf(share)} of requests)` : ''} ${action}`,
    ...backends.flatMap((backend) =>
      (backend.endpoints?.zones ?? []).length === 0 || backend.isFallback
        ? []
        : [`  zones         ${backend.object}: ${backend.endpoints?.zones.join(', ')}`],
    ),
    ...fallbacks.map((backend) => `  fallback      ${backendText(backend, false)}`),
    ...(mirrors.length === 0 ? [] : [`  mirrors       ${mirrors.join(', ')}`]),
    ...(effects.length === 0 ? [] : [`  filters       ${effects.join(', ')}`]),
    ...(policies.length === 0 ? [] : [`  policies      ${policies.join(', ')}`]),
  ];
}

function missLine({ route, place, misses }: NearMiss): string {
  return `  not           ${route ?? 'Sluice'} ${place}: ${misses.join('; ')}`;
}
