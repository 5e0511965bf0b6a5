import { resourceKey, splitResourceKey } from '../../lib/key.ts';
import { extensionName, wasmModuleKey } from '../../units/extension-name.ts';
import type { WasmPlugin } from '../../kinds/envoy-gateway/extension-policy.ts';
import { parseOciReference } from '../../kinds/shape/oci-reference.ts';
import type { PluginName, PluginPlace } from '../../units/unit-def.ts';
import type { WantedModule } from '../../kinds/own/wasm-module.ts';
import type { WasmIR } from '../ir.ts';
import { isBytesRouteKind } from '../../kinds/route-kind.ts';
import { placesOfPolicy } from '../../kinds/indexes.ts';
import { splitAttachedPoliciesKey } from '../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { readOurGateway } from '../attach/ownership.ts';
import { letsCodeIn } from '../policies/extension/plugin-sources.ts';
import { setting, type Reader } from '../reader.ts';
import { isPermitted, unreadableGrants, type Referrer } from '../backends/reference-grant.ts';

export type ResolvedModule =
  | { readonly kind: 'wanted'; readonly wanted: WantedModule }
  /** `path` is below `spec.wasm[i]`. */
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string };

/** Returns undefined when no Gateway of this controller runs it, or it cannot be requested. O(places of the policy). */
export function wantedModule(
  reader: Reader,
  { namespace, policy, index }: PluginPlace,
): WantedModule | undefined {
  const row = reader.row('EnvoyExtensionPolicy', namespace, policy);
  const plugin = row?.spec.wasm[index];
  if (row === undefined || plugin === undefined) return undefined;
  if (!isLetIn(reader, namespace, policy)) return undefined;
  const resolved = resolveModule(reader, namespace, plugin);
  return resolved.kind === 'wanted' ? resolved.wanted : undefined;
}

/** Returns true when one of the policy's Gateways runs its code. */
function isLetIn(reader: Reader, namespace: string, policy: string): boolean {
  const places = reader.index(placesOfPolicy(resourceKey('EnvoyExtensionPolicy', namespace, policy)));
  const gateways = new Set(
    places.flatMap((place) => {
      const { namespace: home, gateway, target } = splitAttachedPoliciesKey(place);
      return isBytesRouteKind(splitResourceKey(target).kind) ? [] : ourGatewayKey(home, gateway);
    }),
  );
  reader.expect([...gateways]);
  return [...gateways].some((key) => {
    const { namespace: home, name } = splitResourceKey(key);
    const gateway = readOurGateway(reader, home, name);
    return gateway !== undefined && letsCodeIn(gateway, namespace);
  });
}

/** Resolves a WASM plugin for the proxies; undefined while there is no code. */
export function translateWasm(reader: Reader, plugin: PluginName): WasmIR | undefined {
  const { namespace, policy, index } = plugin;
  const spec = reader.row('EnvoyExtensionPolicy', namespace, policy)?.spec.wasm[index];
  const module = reader.row(
    'WasmModule',
    namespace,
    splitResourceKey(wasmModuleKey(namespace, policy, index)).name,
  );
  if (spec === undefined || module?.state !== 'allowed') return undefined;
  const { sha256, size } = module;
  if (sha256 === undefined || size === undefined) return undefined;
  return {
    type: 'wasm',
    name: extensionName(plugin),
    pluginName: spec.name ?? extensionName(plugin),
    rootId: spec.rootID,
    configuration: spec.config,
    failOpen: spec.failOpen,
    hostKeys: spec.env.hostKeys,
    module: { sha256, size },
  };
}

export function resolveModule(reader: Reader, namespace: string, { code, env }: WasmPlugin): ResolvedModule {
  const field = code.type === 'HTTP' ? 'code.http' : 'code.image';
  const source = code.type === 'HTTP' ? code.http : code.image;
  if (source === undefined) return { path: field, ...invalid('is required') };
  if (code.type === 'HTTP' && source.sha256 === undefined && /^http:/i.test(source.url)) {
    const message = 'is required without TLS: whoever is on the way could send another module';
    return { path: `${field}.sha256`, ...invalid(message) };
  }
  const readable = setting(reader, 'wasmHostKeys') ?? [];
  const secret = env.hostKeys.findIndex((name) => !readable.includes(name));
  if (secret >= 0) {
    const message = `${env.hostKeys[secret]} is not among the variables that wasm.hostKeys of the config file lets plugins read`;
    return { path: `env.hostKeys[${secret}]`, ...invalid(message) };
  }
  const from: Referrer = { id: 'gateway.envoyproxy.io/EnvoyExtensionPolicy', namespace };
  const ca = source.tls === undefined ? undefined : readCa(reader, from, source.tls.caCertificateRef);
  if (ca?.kind === 'invalid') return { ...ca, path: `${field}.tls.caCertificateRef` };
  const pull = code.type === 'Image' ? code.image?.pullSecretRef : undefined;
  const image = code.type === 'Image' ? parseOciReference(source.url) : undefined;
  const credentials =
    pull === undefined ? undefined : readCredentials(reader, from, pull, image?.registry ?? source.url);
  if (credentials?.kind === 'invalid') return { ...credentials, path: `${field}.pullSecretRef` };
  return {
    kind: 'wanted',
    wanted: {
      source: { kind: code.type === 'HTTP' ? 'http' : 'image', url: source.url },
      sha256: source.sha256,
      credentials: credentials?.value,
      ca: ca?.value,
      // The tag `latest` moves.
      pullPolicy: code.pullPolicy ?? (image?.reference === 'latest' ? 'Always' : 'IfNotPresent'),
    },
  };
}

interface ObjectReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'invalid'; readonly message: string };

function readCa(reader: Reader, from: Referrer, ref: ObjectReference): Found<string> {
  if (ref.group !== '' || (ref.kind !== 'Secret' && ref.kind !== 'ConfigMap')) {
    return invalid('must be a ConfigMap or a Secret');
  }
  const problem = referenceProblem(reader, from, ref);
  if (problem !== undefined) return invalid(problem);
  const namespace = ref.namespace ?? from.namespace;
  const value =
    ref.kind === 'Secret'
      ? reader.row('Secret', namespace, ref.name)?.ca
      : reader.row('ConfigMap', namespace, ref.name)?.ca;
  if (value !== undefined) return { kind: 'found', value };
  return invalid(`${ref.kind} ${namespace}/${ref.name} does not exist, or has no ca.crt`);
}

function readCredentials(
  reader: Reader,
  from: Referrer,
  ref: ObjectReference,
  registry: string,
): Found<{ username: string; password: string }> {
  if (ref.group !== '' || ref.kind !== 'Secret') return invalid('must be a Secret');
  const problem = referenceProblem(reader, from, ref);
  if (problem !== undefined) return invalid(problem);
  const namespace = ref.namespace ?? from.namespace;
  const registries = reader.row('Secret', namespace, ref.name)?.registries;
  if (registries === undefined) {
    return invalid(
      `Secret ${namespace}/${ref.name} does not exist, or is not of type kubernetes.io/dockerconfigjson`,
    );
  }
  const found = registries.find(({ host }) => host === registry);
  if (found === undefined)
    return invalid(`Secret ${namespace}/${ref.name} has no credentials for ${registry}`);
  return { kind: 'found', value: { username: found.username, password: found.password } };
}

function referenceProblem(reader: Reader, from: Referrer, ref: ObjectReference): string | undefined {
  const namespace = ref.namespace ?? from.namespace;
  if (isPermitted(reader, from, { ...ref, namespace })) return undefined;
  return `no ReferenceGrant in namespace ${namespace} permits the reference to ${ref.kind} ${ref.name}${unreadableGrants(reader, namespace)}`;
}

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
