import { selfSigned } from '../objects/certificate.ts';
import * as m from '../objects/manifests.ts';
import type { DeltaClient } from '../xds/delta-client.ts';
import { Pipeline, type Condition } from './pipeline.ts';

export const authority = selfSigned(['ca.test']).certificate;
export const cas = (text = authority, name = 'cas') => m.configMap({ 'ca.crt': text }, { name });
export const ref = (name = 'cas', fields: object = {}) => ({ group: '', kind: 'ConfigMap', name, ...fields });
export const toApp = { group: '', kind: 'Service', name: 'app' };
export const validation = (fields: object = {}) => ({
  hostname: 'app.internal',
  caCertificateRefs: [ref()],
  ...fields,
});

export function backendTls(
  fields: object = {},
  metadata: object = {},
  ...targets: readonly object[]
): object {
  const targetRefs = targets.length === 0 ? [toApp] : targets;
  return m.policy('BackendTLSPolicy', { targetRefs, validation: validation(fields) }, metadata);
}

const app = m.service('app', { port: { name: 'web' } });
const endpoints = m.endpointSlice(['10.0.0.1'], { service: 'app', portName: 'web' });
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  app,
  endpoints,
];
export const secure = 'default/app/80/http1/tls';
export const plain = 'default/app/80/http1';

interface ClusterJson {
  readonly type: string;
  readonly altStatName: string;
  readonly edsClusterConfig?: { readonly serviceName: string };
  readonly transportSocket?: {
    readonly typedConfig: {
      readonly sni: string;
      readonly commonTlsContext: {
        readonly alpnProtocols: readonly string[];
        readonly combinedValidationContext: {
          readonly defaultValidationContext: object;
          readonly validationContextSdsSecretConfig: { readonly name: string };
        };
      };
    };
  };
}

export const cluster = (client: DeltaClient, name = secure) =>
  client.json('CDS', name) as unknown as ClusterJson;
export const context = (client: DeltaClient, name = secure) =>
  cluster(client, name).transportSocket?.typedConfig;

export function conditions(pipeline: Pipeline, name = 'policy'): Record<string, Condition> {
  const status = pipeline.status('BackendTLSPolicy', name) as
    | { ancestors: readonly { conditions: readonly Condition[] }[] }
    | undefined;
  return Object.fromEntries((status?.ancestors[0]?.conditions ?? []).map((found) => [found.type, found]));
}

export async function started(...manifests: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...manifests]);
  return { pipeline, client: await pipeline.connected() };
}
