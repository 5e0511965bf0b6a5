import type { RouteAnswer } from './answer.ts';
import { backendsOf, mirrorsOf, type BackendAnswer } from './backends.ts';
import type { RedirectJson } from './envoy-json.ts';
import type { TakenRoute } from './find-entry.ts';
import type { EntryInForce, InForce } from './in-force.ts';
import { effectsOf } from './route-effects.ts';

/** Says what becomes of the requests that a route takes. */
export async function explainRoute(
  inForce: InForce,
  gateway: string,
  { entry, route, share }: TakenRoute,
): Promise<RouteAnswer> {
  const backends = route.route === undefined ? [] : await backendsOf(inForce, gateway, route.route);
  const { action, status } = actionOf(route, backends);
  return {
    route: entry.route,
    place: placeOf(entry),
    share,
    action,
    status,
    backends,
    mirrors: route.route === undefined ? [] : mirrorsOf(route.route),
    effects: effectsOf(route),
    policies: entry.policies,
  };
}

export function placeOf({ route, rule, match }: EntryInForce): string {
  return route === undefined ? '' : `rules[${rule}].matches[${match}]`;
}

function actionOf(
  { directResponse, redirect, route }: TakenRoute['route'],
  backends: readonly BackendAnswer[],
): Pick<RouteAnswer, 'action' | 'status'> {
  if (directResponse !== undefined)
    return { action: `answers ${directResponse.status}`, status: directResponse.status };
  if (redirect !== undefined) {
    const status = statuses[redirect.responseCode ?? 'MOVED_PERMANENTLY'] ?? 301;
    return { action: `redirects (${status}) to ${locationOf(redirect)}`, status };
  }
  const failure = route?.clusterNotFoundResponseCode === 'INTERNAL_SERVER_ERROR' ? 500 : 503;
  const lost = backends.filter(({ cluster, share }) => cluster === undefined && share > 0);
  const all = backends.filter(({ share }) => share > 0);
  if (all.length === 0) return { action: 'answers 503: no backend has a weight', status: 503 };
  const text = all.map((backend) => backendText(backend, all.length > 1)).join(', ');
  if (lost.length === all.length) return { action: `answers ${failure}: ${text}`, status: failure };
  const others = backends.filter(({ cluster }) => cluster !== undefined);
  const isDown = others.every(({ endpoints }) => endpoints?.ready === 0);
  if (isDown) return { action: `answers 503: ${text}`, status: 503 };
  return { action: `forwards to ${text}`, status: undefined };
}

/** Returns such as `Service/default/app port 80 (50 %): 2 endpoints`. */
export function backendText(backend: BackendAnswer, withShare: boolean): string {
  const { object, port, share, endpoints } = backend;
  const percent = withShare ? ` (${percentOf(share)})` : '';
  if (object === undefined) return `an invalid backendRef${percent}`;
  const name = `${object}${port === 0 ? '' : ` port ${port}`}${percent}`;
  if (endpoints === undefined) return name;
  const { ready, notReady } = endpoints;
  const rest = notReady === 0 ? '' : `, ${notReady} not ready`;
  return `${name}: ${ready === 0 ? 'no ready endpoint' : `${ready} ready`}${rest}`;
}

export function percentOf(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function locationOf({
  schemeRedirect,
  hostRedirect,
  portRedirect,
  pathRedirect,
  prefixRewrite,
}: RedirectJson): string {
  const scheme = schemeRedirect === undefined ? '' : `${schemeRedirect}://`;
  const port = portRedirect === undefined ? '' : `:${portRedirect}`;
  const path = pathRedirect ?? (prefixRewrite === undefined ? '/…' : `${prefixRewrite}…`);
  return `${scheme}${hostRedirect ?? (scheme === '' && port === '' ? '' : 'HOST')}${port}${path}`;
}

const statuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};
