import type { GatewayAnswer, NearMiss, RequestExplanation, RouteAnswer } from './answer.ts';
import { backendText, percentOf } from './explain-route.ts';
import { proxyLines } from './proxy-lines.ts';

/** Returns lines for people; the second is the answer. */
export function requestLines({ url, method, answer, gateways }: RequestExplanation): string[] {
  const isOne = gateways.length === 1;
  return [
    `${method} ${url}`,
    answer,
    ...gateways.flatMap((of) => [
      '',
      isOne ? `Gateway ${of.gateway}` : `Gateway ${of.gateway}: ${of.answer}`,
      ...gatewayLines(of).map(([name, text]) => `  ${name.padEnd(12)}  ${text}`),
    ]),
  ];
}

type Line = readonly [name: string, text: string];

function gatewayLines({ listener, domain, routes, nearMisses, why, proxies }: GatewayAnswer): Line[] {
  const { port, protocol, chain, boundPort, certificates } = listener;
  const at = boundPort === undefined ? '' : ` (Envoy binds ${boundPort})`;
  const text = chain === undefined ? 'none' : `${protocol}, port ${port}${at}, filter chain ${chain}`;
  return [
    ['listener', text],
    ...listed('certificates', certificates),
    ...(domain === undefined ? [] : [['hostname', domain] as const]),
    ...routes.flatMap((route) => routeLines(route)),
    ...why.map((reason): Line => ['why', reason]),
    ...nearMisses.map(missLine),
    ...proxyLines(proxies),
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
}: RouteAnswer): Line[] {
  const who = route === undefined ? 'Sluice' : `${route} ${place}`;
  const part = share < 1 ? ` (${percentOf(share)} of requests)` : '';
  return [
    ['route', backends.length === 0 ? `${who}${part} ${action}` : `${who}${part}`],
    ...backends.map((backend): Line => {
      const zones = backend.endpoints?.zones ?? [];
      const where = zones.length === 0 ? '' : ` in ${zones.join(', ')}`;
      return [
        backend.isFallback ? 'fallback' : 'backend',
        `${backendText(backend, backend.share < 1)}${where}`,
      ];
    }),
    ...listed('mirrors', mirrors),
    ...listed('filters', effects),
    ...listed('policies', policies),
  ];
}

function listed(name: string, items: readonly string[]): Line[] {
  return items.length === 0 ? [] : [[name, items.join(', ')]];
}

function missLine({ route, place, misses }: NearMiss): Line {
  return ['no match', `${route ?? 'Sluice'} ${place}: ${misses.join('; ')}`];
}
