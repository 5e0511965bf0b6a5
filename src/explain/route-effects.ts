import type { FilterConfigJson, RouteActionJson, RouteJson } from './envoy-json.ts';

/** Says what a route does to requests and answers beside its action, in a few words each. */
export function effectsOf(route: RouteJson): string[] {
  const { typedPerFilterConfig = {}, route: action } = route;
  return [
    ...Object.keys(typedPerFilterConfig).flatMap((filter) => filterWords(filter)),
    ...chainsOf(typedPerFilterConfig['sluice.choice']),
    ...headerWords('request', route.requestHeadersToAdd, route.requestHeadersToRemove),
    ...headerWords('response', route.responseHeadersToAdd, route.responseHeadersToRemove),
    ...(action === undefined ? [] : actionWords(action)),
  ];
}

/** Names the policies whose plugins, tokens or limits the route runs; see `translate/envoy/filter-slot.ts`. */
function chainsOf(choice: FilterConfigJson | undefined): string[] {
  return (choice?.onRequestHeaders ?? []).flatMap(({ objectKey, formatString }) => {
    const chain = formatString?.textFormatSource?.inlineString;
    const words = /^sluice\.(\w+)\.chain$/.exec(objectKey ?? '')?.[1];
    return words === undefined || chain === undefined ? [] : [`${chainWords[words] ?? words}: ${chain}`];
  });
}

const chainWords: Readonly<Record<string, string>> = {
  jwt_authn: 'tokens (JWT)',
  plugins: 'plugins',
  local_ratelimit: 'local rate limit',
};

/** Filters of slots are named by their chains. */
function filterWords(filter: string): string[] {
  if (filter.startsWith('sluice.')) return [];
  const short = filter.slice(filter.lastIndexOf('.') + 1);
  return [names[short] ?? short];
}

const names: Readonly<Record<string, string>> = {
  api_key_auth: 'API keys',
  basic_auth: 'basic authentication',
  buffer: 'request buffer',
  compressor: 'compression',
  cors: 'CORS',
  credential_injector: 'credential for the backend',
  csrf: 'CSRF',
  custom_response: 'response override',
  ext_authz: 'external authorization',
  fault: 'fault injection',
  header_mutation: 'header changes',
  oauth2: 'OIDC',
  ratelimit: 'rate limit',
  rbac: 'authorization',
  stateful_session: 'session persistence',
};

/** Every route hides reports of load that only the proxy should see, so removals alone say little: they are counted. */
function headerWords(of: string, added: readonly unknown[] = [], removed: readonly string[] = []): string[] {
  return [
    ...(added.length === 0 ? [] : [`${added.length} ${of} headers set`]),
    ...(removed.length === 0 ? [] : [`${removed.length} ${of} headers removed`]),
  ];
}

function actionWords(action: RouteActionJson): string[] {
  const { timeout, retryPolicy, prefixRewrite, regexRewrite } = action;
  const rewritesHost =
    action.hostRewriteLiteral !== undefined ||
    action.hostRewriteHeader !== undefined ||
    action.hostRewritePathRegex !== undefined ||
    action.autoHostRewrite === true;
  return [
    ...(timeout === undefined || timeout === '0s' ? [] : [`timeout ${timeout}`]),
    ...(retryPolicy === undefined ? [] : [`${retryPolicy.numRetries ?? 1} retries`]),
    ...(prefixRewrite === undefined && regexRewrite === undefined ? [] : ['path rewrite']),
    ...(rewritesHost ? ['host rewrite'] : []),
  ];
}
