import type { TelemetryServer } from '../../kinds/envoy-gateway/proxy-telemetry.ts';
import type { ReadKey } from '../../lib/key.ts';
import type { SettingsPlace } from '../../units/cluster-name.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { backendReferenceKeys } from '../../kinds/backend-kind.ts';
import { authorityOf, resolveBackend, type BackendPlace } from '../backends/backend-ref.ts';
import { ignoredSettings, serverCluster } from '../policies/traffic/server-settings.ts';
import type { Reader } from '../reader.ts';
import type { TelemetryServerIR } from '../telemetry-ir.ts';

/** The EnvoyProxy that names servers, at a Gateway. */
export interface TelemetryPlace extends BackendPlace {
  readonly namespace: string;
  readonly gateway: ObjectName;
}

export type ServerResult =
  | { readonly kind: 'server'; readonly server: TelemetryServerIR; readonly leftOut: readonly string[] }
  | { readonly kind: 'invalid'; readonly problem: string };

interface ServerOptions {
  /** Field of the server. */
  readonly path: string;
  /** Place of the server in the telemetry; see `telemetryServerAt`. */
  readonly part: string;
  /** Headers of each call. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  /** True: a server of plain HTTP, in the version that its Service says. */
  readonly isHttp?: boolean;
}

const id = 'gateway.envoyproxy.io/EnvoyProxy';

export function serverKeys(namespace: string, spec: TelemetryServer): ReadKey[] {
  return refsOf(spec).flatMap((ref) => backendReferenceKeys({ id, namespace }, ref));
}

/** Finds the server of logs or traces. Several servers would need a cluster of their own, so only the first is used. */
export function telemetryServer(
  reader: Reader,
  place: TelemetryPlace,
  spec: TelemetryServer,
  { path, part, headers = [], isHttp = false }: ServerOptions,
): ServerResult {
  const field = `${path}.${spec.backendRefs.length > 0 || spec.backendRef === undefined ? 'backendRefs' : 'backendRef'}`;
  const [ref, ...others] = refsOf(spec);
  if (ref === undefined) return { kind: 'invalid', problem: `${field}: is required` };
  const first = spec.backendRefs.length > 0 ? `${field}[0]` : field;
  // gRPC is HTTP/2, whatever the Service says.
  const protocol = isHttp ? undefined : ('http2' as const);
  const backend = resolveBackend(reader, { ...place, id, protocol }, ref, first);
  if (backend.kind === 'invalid')
    return { kind: 'invalid', problem: `${backend.problem.path}: ${backend.problem.message}` };
  const { backendSettings: settings } = spec;
  const of: SettingsPlace = { ...nameOf(place.gateway), kind: 'Gateway', part };
  return {
    kind: 'server',
    server: {
      cluster: serverCluster(backend.name, settings, of),
      authority: authorityOf(ref, place.namespace),
      headers: headers.map(({ name, value }) => [name, value] as const),
    },
    leftOut: [
      ...others.map((_, i) => `${field}[${i + 1}]: is not supported yet, one server is`),
      ...ignoredSettings(settings, `${path}.backendSettings`).map((found) => `${found}: is not supported`),
    ],
  };
}

function nameOf({ namespace, name }: ObjectName): ObjectName {
  return { namespace, name };
}

function refsOf({ backendRef, backendRefs }: TelemetryServer): TelemetryServer['backendRefs'] {
  return backendRefs.length > 0 || backendRef === undefined ? backendRefs : [backendRef];
}
