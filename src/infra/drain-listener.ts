import { drainRequests } from './admin-paths.ts';
import type { ClusterNames } from './cluster-names.ts';
import { durationText, localCluster, staticListener } from './static-listener.ts';

export interface DrainOptions {
  readonly port: number;
  /** Part of the path; see `Site`. */
  readonly token: string;
  /** Longest time from the request to its answer, above 0. */
  readonly timeoutMs: number;
  /** Time in which connections are let go of in any case, above 0 and at most `timeoutMs`. */
  readonly minMs: number;
}

/** Path of the one request that makes Envoy drain. */
export function drainPath(token: string): string {
  return `/drain/${token}`;
}

/**
 * A listener that lets a pod end without a failed request, with no second container and no shell: the preStop hook of
 * the pod is a request to it, and the kubelet ends Envoy once that is answered.
 *
 * The request makes Envoy not ready and its listeners drain: they go on answering, and every answer closes its connection
 * (`connection: close`, or GOAWAY on HTTP/2). Then it waits until no client is connected, as long as the time allows, and
 * `minMs` in any case, in which load balancers notice. Any other path gets 404.
 *
 * https://www.envoyproxy.io/docs/envoy/latest/operations/admin#post--drain_listeners
 */
export function drainListener(
  { port, token, timeoutMs, minMs }: DrainOptions,
  clusters: ClusterNames,
): { readonly listener: object; readonly cluster: object } {
  const pausePath = `/pause/${token}`;
  const pauses = Math.floor((timeoutMs - minMs) / pauseMs);
  const lua = {
    '@type': luaRouteType,
    source_code: { inline_string: script(clusters, pausePath, pauses) },
  };
  const listener = staticListener({
    name: drainName,
    port,
    filters: [
      { name: 'lua', typed_config: { '@type': luaType } },
      { name: 'fault', typed_config: { '@type': faultType } },
    ],
    routes: [
      answer(drainPath(token), { lua, fault: delay(minMs) }),
      // The script waits by this, as it has no timer.
      answer(pausePath, { fault: delay(pauseMs) }),
    ],
  });
  return { listener, cluster: localCluster(clusters.drain, drainName, port) };
}

const drainName = 'drain';
const luaType = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua';
const luaRouteType = 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute';
const faultType = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault';

/** Between two looks at the connections that are left. */
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

/** Envoy counts connections by listener; those to the pod's own listeners are no client's. */
function script(clusters: ClusterNames, pausePath: string, pauses: number): string {
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
  ask(handle, "${clusters.admin}", "POST", "${drainRequests.fail}")
  ask(handle, "${clusters.admin}", "POST", "${drainRequests.drain}")
  for _ = 1, ${pauses} do
    if not busy(handle) then return end
    ask(handle, "${clusters.drain}", "GET", "${pausePath}")
  end
end
`;
}
