import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueLeaf } from '../../../src/certs/issue.ts';
import { TokenIssuer } from '../../rig/envoy/token-issuer.ts';
import { FaultProxy } from '../../rig/load/fault-proxy.ts';
import { endpointSlice, service } from '../manifests.ts';
import { gatewayApi, type TestNamespace } from '../test-namespace.ts';

export type IssuerState = 'healthy' | 'hung';

const name = 'issuer';
const port = 443;
/** One of 172.30.255.0/24 that no other test uses. */
const address = '172.30.255.60';
const lifeMs = 86_400_000;

/** An issuer of tokens with TLS: its discovery document and its keys, behind a proxy that hangs on request. */
export class IssuerServer {
  readonly tokens: TokenIssuer;
  readonly #server: Server;
  readonly #proxy: FaultProxy;
  #state: IssuerState = 'healthy';

  private constructor(tokens: TokenIssuer, server: Server, proxy: FaultProxy) {
    this.tokens = tokens;
    this.#server = server;
    this.#proxy = proxy;
  }

  static async start(ns: TestNamespace): Promise<IssuerServer> {
    const host = `${name}.${ns.namespace}.svc.cluster.local`;
    const tokens = new TokenIssuer(`https://${host}`);
    const authority = await issueAuthority(Date.now(), lifeMs);
    const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: [host] }, Date.now(), lifeMs);
    const server = createServer({ cert: leaf.certificate, key: leaf.privateKey }, ({ url }, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(url === '/keys' ? tokens.keySet : documentOf(tokens.issuer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await new FaultProxy((server.address() as AddressInfo).port).start(address);
    await ns.apply(
      service(name, { selector: null, ports: [{ port }] }),
      endpointSlice(name, [address], { port: proxy.port }),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: { 'ca.crt': authority.certificate },
      },
      {
        apiVersion: gatewayApi,
        kind: 'BackendTLSPolicy',
        metadata: { name },
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name }],
          validation: { hostname: host, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name }] },
        },
      },
    );
    return new IssuerServer(tokens, server, proxy);
  }

  get state(): IssuerState {
    return this.#state;
  }

  /** Connections that were opened since the start. */
  get connections(): number {
    return this.#proxy.connections;
  }

  /** A hung one accepts connections, and answers nothing. Affects new connections alone. */
  turn(state: IssuerState): void {
    this.#state = state;
    this.#proxy.fault = { kind: state === 'hung' ? 'hang' : 'none' };
    if (state === 'hung') this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    await this.#proxy.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** References of a policy to the issuer's Service. */
export const issuerRefs = [{ name, port }];

function documentOf(issuer: string): string {
  return JSON.stringify({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  });
}
