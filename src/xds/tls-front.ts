import { X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { proxiesOf, type TlsIdentity, type TlsMaterial } from '../lib/tls-identity.ts';
import { fleetOf, type FleetKey } from '../units/fleet-key.ts';
import { judgeToken, refused, revocation, type Admission, type ClientRules } from './admission.ts';
import { handOn, listenOn, peerOf } from './plain-front.ts';
import { TlsClients } from './tls-clients.ts';

export interface TlsFrontPorts extends ClientRules {
  readonly clock: Clock;
  readonly onSocket: (socket: Socket) => void;
  readonly onConnection: (socket: TLSSocket) => void;
  /** Called when a handshake fails without a certificate of Sluice's CA. `client` is `address:port`. */
  readonly onRefused: (client: string, details: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** Time after which a client without a complete handshake loses its socket. */
const handshakeTimeoutMs = 10_000;

/**
 * TLS 1.3 of the xDS server, with client certificates and an identity that can change.
 *
 * Open connections survive a new identity, which is for later handshakes. A stream is judged by the CAs and the time
 * at which it starts, so a removed CA or an expired certificate starts none. A client that is refused by name, by its
 * serial number or its Gateway's UID, is disconnected.
 */
export class TlsFront {
  readonly #identity: TlsIdentity;
  readonly #ports: TlsFrontPorts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new TlsClients();
  readonly #stopListening: () => void;

  constructor(identity: TlsIdentity, ports: TlsFrontPorts) {
    this.#identity = identity;
    this.#ports = ports;
    this.#server = createServer({
      ...contextOf(identity.current()),
      ALPNProtocols: ['h2'],
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: handshakeTimeoutMs,
      noDelay: true,
    });
    this.#server.prependListener('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      if (identity.current() === undefined) socket.destroy();
      else ports.onSocket(socket);
    });
    this.#server.on('secureConnection', (socket) =>
      handOn(socket, (one) => this.#accept(one), ports.onFault),
    );
    this.#server.on('tlsClientError', (error, socket) =>
      handOn(socket, (one) => this.#refuse(error, one), ports.onFault),
    );
    this.#stopListening = identity.onChange(() =>
      this.#server.setSecureContext(contextOf(identity.current())),
    );
  }

  /** Resolves to the port. Drops connections until there is an identity. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#server, port, host, this.#ports.onFault);
  }

  admit(client: string, token: string | undefined): Admission {
    const known = this.#clients.get(client);
    const ca = this.#identity.current()?.ca ?? '';
    if (known === undefined) return refused('certificate', 'the connection has ended');
    const { certificate, proxies, fleet } = known;
    if (certificate.validToDate.getTime() <= this.#ports.clock.wallMs())
      return refused('certificate', 'the client certificate has expired');
    if (known.trustedBy !== ca) {
      if (!isTrusted(certificate, ca))
        return refused('certificate', 'the CA of the client certificate is no longer trusted');
      known.trustedBy = ca;
    }
    if (proxies === undefined || fleet === undefined) {
      return refused(
        'identity',
        'the client certificate names no Gateway: it needs one URI name spiffe://sluice.dev/ns/NAMESPACE/gateway/NAME, which may end in /uid/UID',
      );
    }
    return (
      revocation(certificate, proxies, fleet, this.#ports) ??
      judgeToken(token, proxies, this.#identity.tokenOf) ?? { kind: 'admitted', fleet }
    );
  }

  /** Ends connections of a fleet, or of all, that would be refused by name now. O(those connections). */
  dropRevoked(fleet: FleetKey | undefined): void {
    for (const client of fleet === undefined ? this.#clients.all() : this.#clients.of(fleet)) {
      if (revocation(client.certificate, client.proxies, client.fleet, this.#ports) !== undefined)
        client.socket.destroy();
    }
  }

  drop(client: string): void {
    this.#clients.get(client)?.socket.destroy();
  }

  close(): void {
    this.#stopListening();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: TLSSocket): void {
    // `close` follows an error; no other listener exists before HTTP/2.
    socket.on('error', () => {});
    const certificate = socket.getPeerX509Certificate();
    const client = peerOf(socket);
    if (certificate === undefined || socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return;
    }
    const proxies = proxiesOf(certificate.subjectAltName);
    this.#clients.add(client, {
      socket,
      certificate,
      proxies,
      fleet: proxies && fleetOf(`${proxies.namespace}/${proxies.gateway}`),
      trustedBy: this.#identity.current()?.ca ?? '',
    });
    socket.on('close', () => this.#clients.delete(client));
    this.#ports.onConnection(socket);
  }

  /** Reports certificates that are not valid; a client that disconnects, such as a probe of the port, does not count. */
  #refuse(error: Error, socket: TLSSocket): void {
    // Node gives the reason here alone; the client sees a closed connection.
    const { authorizationError } = socket as unknown as { readonly authorizationError: unknown };
    if (typeof authorizationError === 'string') {
      this.#ports.onRefused(peerOf(socket), `the client certificate was refused (${authorizationError})`);
    } else if ('code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_SSL_')) {
      this.#ports.onRefused(peerOf(socket), `the TLS handshake failed (${error.code})`);
    }
  }
}

/** Node forgets the TLS versions unless each new context has them. */
function contextOf(material: TlsMaterial | undefined): object {
  const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' };
  return material === undefined
    ? version
    : { ...version, cert: material.certificate, key: material.privateKey, ca: material.ca };
}

/** No issuer of Envoy's certificates builds longer chains. */
const maxChain = 5;

/** True when a CA of the PEM text, or one below it that the client sent, signed the certificate. */
function isTrusted(certificate: X509Certificate, bundle: string): boolean {
  const cas = (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  let link: X509Certificate | undefined = certificate;
  for (let length = 0; link !== undefined && length < maxChain; length++) {
    const signed = link;
    if (cas.some((ca) => signed.checkIssued(ca) && signed.verify(ca.publicKey))) return true;
    link = link.issuerCertificate;
  }
  return false;
}
