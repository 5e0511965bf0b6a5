import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { issueAuthority, issueLeaf } from '../../../src/certs/issue.ts';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTPS server on loopback that a test has answer as an OpenID provider. */
export class ProviderServer {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  respond: Respond = (request, response) => response.end(this.documentOf(request));
  readonly #server: Server;
  /** PEM of its CA. */
  readonly ca: string;

  private constructor(ca: string, server: Server) {
    this.ca = ca;
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.asked.push(request.url ?? '');
      this.respond(request, response);
    });
  }

  static async start(): Promise<ProviderServer> {
    const year = 365 * 86_400_000;
    const authority = await issueAuthority(Date.now(), year);
    const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['localhost'] }, Date.now(), year);
    const server = createServer({ cert: leaf.certificate, key: leaf.privateKey });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ProviderServer(authority.certificate, server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  issuer(path = ''): string {
    return `https://localhost:${this.port}${path}`;
  }

  /** Returns the document of the issuer whose document is asked for. */
  documentOf({ url = '' }: IncomingMessage): string {
    return documentOf(this.issuer(url.replace('/.well-known/openid-configuration', '')));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

export function documentOf(issuer: string): string {
  return JSON.stringify({
    issuer,
    authorization_endpoint: 'https://idp.test/auth',
    token_endpoint: 'https://idp.test/token',
  });
}
