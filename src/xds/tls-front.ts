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
  /** A connection, before its handshake. */
  readonly onSocket: (socket: Socket) => void;
  /** A client whose certificate is good for a connection; HTTP/2 comes next. */
  readonly onConnection: (socket: TLSSocket) => void;
  /** A handshake that failed for want of a certificate of Sluice's CA. `client` is `address:port`. */
  readonly onRefused: (client: string, details: string) => void;
  /** An error of the listener, or a bug with one connection, which is gone then. */
  readonly onFault: (error: unknown) => void;
}

/** A client that does not get on with its handshake holds a socket for so long. */
const handshakeTimeoutMs = 10_000;

/**
 * The TLS of the xDS server: 1.3 alone, a client certificate in any case, and another identity whenever there is a new one.
 *
 * A new identity is for the handshakes to come; open connections live on. A stream on one of those is judged by the CAs
 * and the time at which it begins, so a CA that was dropped, or a certificate that has expired, opens none. A client that was
 * refused by name meanwhile is dropped: by its serial number, or as its Gateway is another one now.
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

  /** Resolves to the port. Connections are dropped until there is an identity. */
  listen(port: number, host: string): Promise<number> {
    return listenOn(this.#server, port, host, this.#ports.onFault);
  }

  /** Judges the client of a stream that begins now, which has shown such a token. */
  admit(client: string, token: string | undefined): Admission {
    const known = this.#clients.get(client);
    const ca = this.#identity.current()?.ca ?? '';
    if (known === undefined) return refused('certificate', 'the connection is gone');
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

  /** Ends the connections of a fleet, or of all, that would be refused by name now. Costs O(those connections). */
  dropRevoked(fleet: FleetKey | undefined): void {
    for (const client of fleet === undefined ? this.#clients.all() : this.#clients.of(fleet)) {
      if (revocation(client.certificate, client.proxies, client.fleet, this.#ports) !== undefined)
        client.socket.destroy();
    }
  }

  /** Ends a client's connection at once, whatever is on its way. */
  drop(client: string): void {
    this.#clients.get(client)?.socket.destroy();
  }

  /** Takes no more connections; those that are open stay with whoever has them, unless their handshake is under way. */
  close(): void {
    this.#stopListening();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: TLSSocket): void {
    // An error has its `close`; nothing else listens before HTTP/2 does.
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

  /** A client that goes away, as probes of a TCP port do, is no matter; one whose certificate will not do is. */
  #refuse(error: Error, socket: TLSSocket): void {
    // Node tells why a certificate was refused here alone, and the client that the connection is closed.
    const { authorizationError } = socket as unknown as { readonly authorizationError: unknown };
    if (typeof authorizationError === 'string') {
      this.#ports.onRefused(peerOf(socket), `the client certificate was refused (${authorizationError})`);
    } else if ('code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_SSL_')) {
      this.#ports.onRefused(peerOf(socket), `the TLS handshake failed (${error.code})`);
    }
  }
}

/** Node forgets the versions unless they come with each new context. */
function contextOf(material: TlsMaterial | undefined): object {
  const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' };
  return material === undefined
    ? version
    : { ...version, cert: material.certificate, key: material.privateKey, ca: material.ca };
}

/** Longer chains are not built by anybody who issues certificates to Envoys. */
const maxChain = 5;

/** True when a CA of the PEM text, or one below it that the client has sent, signed the certificate. */
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
