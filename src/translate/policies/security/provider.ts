import { namesEndpoints, type Oidc } from '../../../kinds/envoy-gateway/oidc.ts';
import type { ClusterSettings } from '../../../kinds/envoy-gateway/cluster-settings.ts';
import { retryTriggers, type Retry } from '../../../kinds/envoy-gateway/retry.ts';
import { providerPart } from '../../../kinds/envoy-gateway/security-servers.ts';
import { serversOf } from '../../../kinds/envoy-gateway/server-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { ReadKey } from '../../../lib/key.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import type { CallRetryIR, OidcIR } from '../../oidc-ir.ts';
import type { Reader } from '../../reader.ts';
import type { LoginFaults } from './oidc.ts';
import { providerKeys, providerOf } from './provider-document.ts';
import { providerRef } from './provider-ref.ts';
import { resolveServer, serverKeys, withSettings, type Server } from './server.ts';
import { serverOfUrl, urlServerKeys } from './url-server.ts';

type Provider = Oidc['provider'];
type Urls = Pick<OidcIR, 'authorizationEndpoint' | 'tokenEndpoint' | 'endSessionEndpoint'>;
type Endpoints = Urls & Pick<OidcIR, 'cluster' | 'timeoutMs' | 'retry'>;

const path = 'spec.oidc.provider';

export function endpointKeys(provider: Provider, home: string): ReadKey[] {
  const { issuer } = provider;
  const refs = serversOf(provider);
  // By which CAs its document is verified is known when the rows of its servers are.
  const isByUrl = refs.length === 0;
  return [
    ...(namesEndpoints(provider) || !isByUrl ? [] : providerKeys(home, { issuer })),
    ...(isByUrl ? urlServerKeys() : serverKeys(home, refs)),
  ];
}

/** Returns the endpoints of a provider, or adds faults. What the policy says of them wins over what the provider says. */
export function providerEndpoints(
  reader: Reader,
  owner: PolicyName,
  provider: Provider,
  faults: LoginFaults,
): Endpoints | undefined {
  const urls = urlsOf(reader, owner.namespace, provider, faults);
  if (urls === undefined) return undefined;
  const server = serverOf(reader, owner, provider, urls.tokenEndpoint);
  if ('message' in server) {
    faults.problems.push(server);
    return undefined;
  }
  const { timeout, retry } = provider.backendSettings ?? {};
  return {
    ...urls,
    cluster: server.cluster,
    timeoutMs: timeout?.http?.requestTimeout,
    retry: retry && retryOf(retry),
  };
}

function serverOf(reader: Reader, owner: PolicyName, provider: Provider, url: string): Server | Problem {
  const own = {
    settings: provider.backendSettings,
    place: { kind: 'SecurityPolicy', ...owner, part: providerPart },
  } as const;
  const { namespace: home } = owner;
  const refs = serversOf(provider);
  if (refs.length > 0) return resolveServer(reader, home, refs, undefined, `${path}.backendRefs`, own);
  const server = serverOfUrl(reader, home, url, `${path}.tokenEndpoint`);
  return 'message' in server ? server : withSettings(server, own);
}

function retryOf({ numRetries, retryOn, perRetry }: Retry): CallRetryIR {
  const triggers = retryOn?.triggers?.filter((trigger) => retryTriggers.has(trigger)) ?? [];
  return {
    attempts: numRetries,
    on: triggers.length > 0 ? triggers : usualTriggers,
    backoffMs: perRetry?.backOff?.baseInterval,
    maxBackoffMs: perRetry?.backOff?.maxInterval,
  };
}

/** Faults after which a server has not seen the call, or cannot answer it; Envoy Gateway's. */
const usualTriggers = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'];

/** Lists settings of calls that have an effect on routes alone, by leaving out those that have one here. */
export function unusedSettings(oidc: Oidc | undefined): ClusterSettings | undefined {
  const settings = oidc?.provider.backendSettings;
  if (settings === undefined) return undefined;
  const http = settings.timeout?.http && { ...settings.timeout.http, requestTimeout: undefined };
  return { ...settings, retry: undefined, timeout: settings.timeout && { ...settings.timeout, http } };
}

function urlsOf(
  reader: Reader,
  home: string,
  provider: Provider,
  { waiting }: LoginFaults,
): Urls | undefined {
  const { authorizationEndpoint, tokenEndpoint, endSessionEndpoint } = provider;
  if (authorizationEndpoint !== undefined && tokenEndpoint !== undefined)
    return { authorizationEndpoint, tokenEndpoint, endSessionEndpoint };
  const document = providerOf(reader, home, providerRef(reader, home, provider));
  if (document.kind === 'waiting') {
    waiting.push({ path: `${path}.issuer`, message: document.message });
    return undefined;
  }
  return {
    authorizationEndpoint: authorizationEndpoint ?? document.authorizationEndpoint,
    tokenEndpoint: tokenEndpoint ?? document.tokenEndpoint,
    endSessionEndpoint: endSessionEndpoint ?? document.endSessionEndpoint,
  };
}
