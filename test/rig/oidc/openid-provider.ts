import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureServerOptions } from 'node:http2';
import { Provider } from 'oidc-provider';

export interface ClientOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  /** Where people may be sent after a logout. */
  readonly afterLogout?: readonly string[];
}

interface ProviderOptions {
  /** Lifetime of access tokens. */
  readonly accessTokenS?: number;
  readonly tls?: SecureServerOptions;
  /** Name of the server in its URLs. */
  readonly host?: string;
}

/** An OpenID provider on a loopback port, whose page of login takes any name and password. */
export class OpenIdProvider {
  readonly #server: Server;
  readonly #options: ProviderOptions;
  /** Kinds of grants for which tokens were given, in order. */
  readonly grants: string[] = [];
  /** Requests of tokens that were refused. */
  refused = 0;
  #clients: readonly ClientOptions[] = [];

  constructor(options: ProviderOptions = {}) {
    this.#options = options;
    this.#server = options.tls === undefined ? createServer() : createSecureServer(options.tls);
  }

  static async listening(options: ProviderOptions = {}): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(options);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    const { tls, host = '127.0.0.1' } = this.#options;
    return `${tls === undefined ? 'http' : 'https'}://${host}:${this.port}`;
  }

  /** Endpoints as a policy names them. */
  get endpoints() {
    return {
      issuer: this.origin.replace('http:', 'https:'),
      authorizationEndpoint: `${this.origin}/auth`,
      tokenEndpoint: `${this.origin}/token`,
    };
  }

  get endSessionEndpoint(): string {
    return `${this.origin}/session/end`;
  }

  /** Replaces the clients, and forgets all sessions. */
  serve(clients: readonly ClientOptions[]): void {
    this.#clients = clients;
    const provider = new Provider(this.origin, {
      clients: clients.map((client) => ({
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...client.redirectUris],
        post_logout_redirect_uris: [...(client.afterLogout ?? [])],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      })),
      scopes: ['openid', 'profile', 'offline_access'],
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
      cookies: { keys: ['only-of-this-test'] },
      features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
      issueRefreshToken: () => true,
      pkce: { required: () => false },
      loadExistingGrant: async (context: GrantContext) => {
        const { client, session, provider: own, params } = context.oidc;
        const grant = new own.Grant({ clientId: client?.clientId, accountId: session?.accountId });
        grant.addOIDCScope(params?.scope ?? 'openid');
        await grant.save();
        return grant;
      },
      ttl: {
        AccessToken: this.#options.accessTokenS ?? 600,
        IdToken: 600,
        RefreshToken: 3600,
        Session: 3600,
      },
    });
    provider.on('grant.success', ({ oidc }) => void this.grants.push(oidc.body?.['grant_type'] ?? ''));
    provider.on('grant.error', () => void this.refused++);
    this.#server.removeAllListeners('request');
    this.#server.on('request', provider.callback());
  }

  /** Gives a client another secret. */
  rotate(clientId: string, clientSecret: string): void {
    this.serve(
      this.#clients.map((client) => (client.clientId === clientId ? { ...client, clientSecret } : client)),
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface GrantContext {
  readonly oidc: {
    readonly client?: { readonly clientId: string };
    readonly session?: { readonly accountId?: string };
    readonly params?: { readonly scope?: string };
    readonly provider: Provider;
  };
}
