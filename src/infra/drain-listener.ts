import { drainRequests } from './admin-paths.ts';
import type { ClusterNames } from './cluster-names.ts';
import { durationText, localCluster, staticListener, type IpFamily } from './static-listener.ts';

export interface DrainOptions {
  readonly port: number;
  /** Part of the path; see `Site`. */
  readonly token: string;
  /** Longest time from the request to its answer, above 0. */
  readonly timeoutMs: number;
  /** Time that a drain takes even without connections; above 0, at most `timeoutMs`. */
  readonly minMs: number;
  /** Time in which a drain changes nothing; at most what `minMs` leaves of `timeoutMs`. Whole seconds of it count. */
  readonly failAfterMs?: number;
  readonly ipFamily?: IpFamily;
}

export function drainPath(token: string): string {
  return `/drain/${token}`;
}

/**
 * A listener that lets a pod end without a failed request, a second container or a shell. The preStop hook of the pod
 * sends it a request, and the kubelet ends Envoy after the answer. Any other path gets 404.
 *
 * The request makes Envoy not ready and its listeners drain: they still answer, and each answer closes its connection
 * (`connection: close`, or GOAWAY on HTTP/2). Then it waits until no client is connected: at least `minMs`, in which
 * load balancers notice, and at most `timeoutMs`.
 * https://www.envoyproxy.io/docs/envoy/latest/operations/admin#post--drain_listeners
 */
export function drainListener(
  { port, token, timeoutMs, minMs, failAfterMs = 0, ipFamily }: DrainOptions,
  clusters: ClusterNames,
): { readonly listener: object; readonly cluster: object } {
  const pausePath = `/pause/${token}`;
  const before = Math.floor(failAfterMs / pauseMs);
  const pauses = Math.floor((timeoutMs - minMs) / pauseMs) - before;
  const lua = {
    '@type': luaRouteType,
    source_code: { inline_string: script(clusters, pausePath, before, pauses) },
  };
  const listener = staticListener({
    name: drainName,
    ipFamily,
    port,
    filters: [
      { name: 'lua', typed_config: { '@type': luaType } },
      { name: 'fault', typed_config: { '@type': faultType } },
    ],
    routes: [
      answer(drainPath(token), { lua, fault: delay(minMs) }),
      // The script has no timer: it waits by requests to this path.
      answer(pausePath, { fault: delay(pauseMs) }),
    ],
  });
  return { listener, cluster: localCluster(clusters.drain, drainName, port) };
}

const drainName = 'drain';
const luaType = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua';
const luaRouteType = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute';
const faultType = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault';

/** Between two counts of the connections that are left. */
const pauseMs = 1000;

function answer(path: string, filters: Readonly<Record<string, object>>): object {
  return { match: { path }, direct_response: { status: 200 }, typed_per_filter_config: filters };
}

function delay(ms: number): object {
  return {
    '@type': faultType,
    delay: { fixed_delay: durationText(ms), percentage: { numerator: 100 } },
  };
}

/** Envoy counts connections by listener. Those to the pod's own listeners are not from clients. */
function script(clusters: ClusterNames, pausePath: string, before: number, pauses: number): string {
  const wait = `ask(handle, "${clusters.drain}", "GET", "${pausePath}")`;
  const first = before === 0 ? '' : `  for _ = 1, ${before} do ${wait} end\n`;
  return `
local own = {admin = true, drain = true, readiness = true}

local function ask(handle, cluster, method, path)
  local headers = {[":method"] = method, [":path"] = path, [":authority"] = "sluice"}
  return handle:httpCall(cluster, headers, "", 5000)
end

local function busy(handle)
  local headers, body = ask(handle, "${clusters.admin}", "GET", "${drainRequests.connections}")
  if headers[":status"] ~= "200" then return true end
  for listener, count in string.gmatch(body or "", "listener%.(%w+)%S-%.downstream_cx_active: (%d+)") do
    if count ~= "0" and not own[listener] then return true end
  end
  return false
end

function envoy_on_request(handle)
${first}  ask(handle, "${clusters.admin}", "POST", "${drainRequests.fail}")
  ask(handle, "${clusters.admin}", "POST", "${drainRequests.drain}")
  for _ = 1, ${pauses} do
    if not busy(handle) then return end
    ${wait}
  end
end
`;
}
