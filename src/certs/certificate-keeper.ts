import { X509Certificate } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import type { GatewayProxies, TlsIdentity, TlsMaterial } from '../lib/tls-identity.ts';
import { certificateFileNames, certificateFiles, foundIn, type Found } from './certificate-files.ts';
import { bundleOf, renew, type Certificates, type Renewal } from './certificates.ts';
import { drainTokenOf, xdsTokenOf } from './tokens.ts';
import { issueClient, renewClient } from './client-certificate.ts';

export interface StoredFiles {
  readonly files: ReadonlyMap<string, string>;
}

export interface CertificateStore<Stored extends StoredFiles> {
  read(signal: AbortSignal): Promise<Stored | undefined>;
  /**
   * Writes the named texts; undefined removes one. Returns `conflict` when the content has changed since `before`. Absent
   * where another process makes and renews the certificates.
   */
  write?(
    before: Stored | undefined,
    files: ReadonlyMap<string, string | undefined>,
    signal: AbortSignal,
  ): Promise<'written' | 'conflict'>;
}

export interface CertificateKeeperPorts<Stored extends StoredFiles> {
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly store: CertificateStore<Stored>;
  readonly backOff: { nextMs(): number; reset(): void };
  readonly onExpiry: (certificate: 'ca' | 'server', atMs: number) => void;
}

/** Time between two reads: a replica learns of a renewal this late. The overlap of CAs is a day. */
const lookEveryMs = 60_000;

const lookTimeoutMs = 15_000;

/** Bound of the conflicts in one attempt; each means that another replica has done the work. */
const maxConflicts = 5;

/**
 * Keeps the certificates of the xDS channel in one store for all replicas, without a leader: each reads it every
 * minute, and the first to find a due renewal does it. While the store cannot be read, is damaged or belongs to another
 * program, the last good certificates stay in force and nothing is written. A deleted store is restored, so that no
 * proxy is cut off.
 */
export class CertificateKeeper<Stored extends StoredFiles> {
  readonly #serverNames: readonly string[];
  readonly #ports: CertificateKeeperPorts<Stored>;
  readonly #callbacks = new Set<() => void>();
  readonly #closing = new AbortController();
  #certificates: Certificates | undefined;
  #problem: string | undefined;
  #cancel: () => void = () => {};

  constructor(serverNames: readonly string[], ports: CertificateKeeperPorts<Stored>) {
    this.#serverNames = serverNames;
    this.#ports = ports;
  }

  start(): void {
    void this.#look();
  }

  close(): void {
    this.#closing.abort();
    this.#cancel();
  }

  /** Returns the reason why there are no certificates yet, in one line. */
  waitsFor(): string | undefined {
    return this.#certificates === undefined ? (this.#problem ?? 'they are being read') : undefined;
  }

  server(): TlsIdentity {
    return {
      current: () => this.#certificates && { ...this.#certificates.server, ca: bundleOf(this.#certificates) },
      onChange: (callback) => this.onChange(callback),
      tokenOf: (proxies) => this.xdsToken(proxies),
    };
  }

  /**
   * Renews `has` for the proxies of a Gateway when needed, with the present CAs. Rejects while {@link waitsFor} has a
   * reason.
   */
  async clientCertificate(proxies: GatewayProxies, has?: TlsMaterial): Promise<TlsMaterial> {
    const certificates = this.#known();
    const now = this.#ports.clock.wallMs();
    return has === undefined
      ? issueClient(certificates, proxies, now)
      : renewClient(has, certificates, proxies, now);
  }

  /** Returns the token that drains a Gateway's proxies: the same on every replica, forever. Throws as above. */
  drainToken(namespace: string, gateway: string): string {
    return drainTokenOf(this.#known(), namespace, gateway);
  }

  /** Returns the token that the proxies send to the xDS server: the same on every replica. Throws as above. */
  xdsToken(proxies: GatewayProxies): string {
    return xdsTokenOf(this.#known(), proxies);
  }

  /** Calls `callback` when certificates or trusted CAs have changed. Returns a function that ends it. */
  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  #known(): Certificates {
    if (this.#certificates === undefined)
      throw new Error('the certificates of the xDS channel are not there yet');
    return this.#certificates;
  }

  async #look(): Promise<void> {
    const { clock, log, backOff } = this.#ports;
    const timeout = new AbortController();
    const cancelTimeout = clock.after(lookTimeoutMs, () => timeout.abort(new Error('no answer for 15 s')));
    let waitMs = lookEveryMs;
    try {
      await this.#bringUpToDate(AbortSignal.any([timeout.signal, this.#closing.signal]));
      backOff.reset();
      if (this.#problem !== undefined)
        log.info({}, 'the certificates of the xDS channel can be kept up to date again');
      this.#problem = undefined;
    } catch (error) {
      const problem = failureText(error);
      if (problem !== this.#problem && !this.#closing.signal.aborted) {
        log.warn(
          { problem },
          'the certificates of the xDS channel cannot be kept up to date; they stay as they are',
        );
      }
      this.#problem = problem;
      waitMs = backOff.nextMs();
    }
    cancelTimeout();
    if (!this.#closing.signal.aborted) this.#cancel = clock.after(waitMs, () => this.#look());
  }

  async #bringUpToDate(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#ports;
    for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
      const stored = await store.read(signal);
      const found: Found = stored === undefined ? { kind: 'none' } : foundIn(stored.files);
      if (found.kind === 'unusable')
        throw new Error(`the Secret is not used, and not written: ${found.reason}`);
      if (store.write === undefined) {
        this.#adopt(wholeOf(found), []);
        return;
      }
      const known = found.kind === 'none' ? this.#certificates : found.certificates;
      const { certificates, renewals } = await renew(known, clock.wallMs(), this.#serverNames);
      const isStored = found.kind === 'certificates' && renewals.length === 0;
      if (isStored || (await store.write(stored, certificateFiles(certificates), signal)) === 'written') {
        this.#adopt(certificates, renewals);
        return;
      }
    }
    throw new Error('other replicas write the Secret all the time');
  }

  #adopt(certificates: Certificates, renewals: readonly Renewal[]): void {
    const { log, onExpiry } = this.#ports;
    if (renewals.length > 0) log.info({ renewals }, 'certificates of the xDS channel were renewed');
    const before = this.#certificates;
    if (before !== undefined && isSame(before, certificates)) return;
    this.#certificates = certificates;
    onExpiry('ca', expiryOf(certificates.authority.certificate));
    onExpiry('server', expiryOf(certificates.server.certificate));
    for (const callback of this.#callbacks) callback();
  }
}

/** Throws while a part is not there that whoever makes the certificates has yet to make. */
function wholeOf(found: Exclude<Found, { readonly kind: 'unusable' }>): Certificates {
  if (found.kind === 'certificates') {
    const { server, drainKey } = found.certificates;
    if (server !== undefined && drainKey !== undefined) return { ...found.certificates, server, drainKey };
  }
  throw new Error('the Secret has not been made yet');
}

function isSame(one: Certificates, other: Certificates): boolean {
  const others = certificateFiles(other);
  const own = certificateFiles(one);
  return certificateFileNames.every((name) => own.get(name) === others.get(name));
}

function expiryOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime();
}
