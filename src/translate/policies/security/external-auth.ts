import type { ContextExtension, ExtAuth } from '../../../kinds/envoy-gateway/ext-auth.ts';
import { authServerPart } from '../../../kinds/envoy-gateway/security-servers.ts';
import { serversOf } from '../../../kinds/envoy-gateway/server-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import { resourceKey, type ReadKey } from '../../../lib/key.ts';
import type { ExternalAuthIR } from '../../security-ir.ts';
import type { Reader } from '../../reader.ts';
import type { Security } from './rule-security.ts';
import { readSecret } from './secret.ts';
import { resolveServer, serverKeys } from './server.ts';

type Homes = Pick<Security, 'homeOf' | 'homeOfContext' | 'ownerOf'>;

export function externalAuthKeys(auth: ExtAuth, { homeOf, homeOfContext }: Homes): ReadKey[] {
  return [
    ...serverKeys(homeOf('extAuth'), serverOf(auth).refs),
    ...auth.contextExtensions.flatMap(({ name, valueRef }) =>
      valueRef === undefined ? [] : [resourceKey(valueRef.kind, homeOfContext(name), valueRef.name)],
    ),
  ];
}

export function translateExternalAuth(
  reader: Reader,
  auth: ExtAuth,
  homes: Homes,
  problems: Problem[],
): ExternalAuthIR | undefined {
  const before = problems.length;
  const { refs, path, settings } = serverOf(auth);
  // gRPC is HTTP/2, whatever the Service says; an HTTP server is called as its Service says.
  const protocol = auth.grpc === undefined ? undefined : 'http2';
  const place = { kind: 'SecurityPolicy', ...homes.ownerOf('extAuth'), part: authServerPart } as const;
  const server = resolveServer(reader, homes.homeOf('extAuth'), refs, protocol, path, { settings, place });
  if ('message' in server) problems.push(server);
  const context = auth.contextExtensions.map((extension, i): [string, string] => [
    extension.name,
    contextValue(reader, homes, extension, `spec.extAuth.contextExtensions[${i}]`, problems),
  ]);
  if (problems.length > before || 'message' in server) return undefined;
  return {
    ...server,
    protocol: auth.grpc === undefined ? 'http' : 'grpc',
    allowedHeaders: auth.headersToExtAuth,
    allowedResponseHeaders: auth.http?.headersToBackend ?? [],
    pathPrefix: auth.http?.path ?? '',
    path: auth.http?.pathOverride ?? '',
    maxBodyBytes: auth.bodyToExtAuth?.maxRequestBytes ?? 0,
    timeoutMs: auth.timeout,
    failOpen: auth.failOpen,
    choosesRoute: auth.recomputeRoute,
    learnsRoute: auth.includeRouteMetadata && auth.grpc !== undefined,
    statusOnError: auth.statusOnError,
    context: context.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function serverOf({ grpc, http }: ExtAuth) {
  const server = grpc ?? http;
  const path = `spec.extAuth.${grpc === undefined ? 'http' : 'grpc'}.backendRefs`;
  return { refs: serversOf(server ?? {}), path, settings: server?.backendSettings };
}

function contextValue(
  reader: Reader,
  { homeOfContext }: Homes,
  { name, value = '', valueRef }: ContextExtension,
  path: string,
  problems: Problem[],
): string {
  if (valueRef === undefined) return value;
  const home = homeOfContext(name);
  const at = `${path}.valueRef`;
  const lines =
    valueRef.kind === 'Secret'
      ? readSecret(reader, home, { group: '', kind: 'Secret', name: valueRef.name }, at, problems)?.lines
      : configMapLines(reader, home, valueRef.name, at, problems);
  const found = lines?.find(([key]) => key === valueRef.key)?.[1];
  if (found === undefined && lines !== undefined) {
    const longest = valueRef.kind === 'Secret' ? 1024 : 256;
    const message = `${valueRef.kind} ${home}/${valueRef.name} has no such key with a line of at most ${longest} characters`;
    problems.push({ path: `${at}.key`, message });
  }
  return found ?? '';
}

function configMapLines(reader: Reader, namespace: string, name: string, path: string, problems: Problem[]) {
  const row = reader.row('ConfigMap', namespace, name);
  if (row !== undefined) return row.lines ?? [];
  problems.push({ path: `${path}.name`, message: `ConfigMap ${namespace}/${name} does not exist` });
  return undefined;
}
