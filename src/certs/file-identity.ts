import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import type { TlsIdentity, TlsMaterial } from '../lib/tls-identity.ts';
import { certificatesOf } from './key-pair.ts';
import { xdsTokenOf } from './tokens.ts';

export interface IdentityFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** Text from which tokens are derived; empty: no tokens. */
  readonly tokenKeyFile: string;
}

export interface FileIdentityPorts {
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Called with the date in milliseconds since 1970; for several CAs, the first that expires. */
  readonly onExpiry: (certificate: 'ca' | 'server', atMs: number) => void;
}

interface FileMaterial extends TlsMaterial {
  readonly tokenKey: string;
}

/** Polled: events are lost on mounts that are swapped by a link. A few small reads cost nothing. */
const rereadEveryMs = 10_000;

/**
 * An identity from files that others renew. While files are missing, broken or half written, the last good identity
 * stays, and the log says why.
 */
export class FileIdentity implements TlsIdentity {
  readonly #files: IdentityFiles;
  readonly #ports: FileIdentityPorts;
  readonly #callbacks = new Set<() => void>();
  #material: FileMaterial;
  #problem: string | undefined;
  #cancel: () => void;
  #closed = false;

  private constructor(files: IdentityFiles, material: FileMaterial, ports: FileIdentityPorts) {
    this.#files = files;
    this.#material = material;
    this.#ports = ports;
    this.#tellExpiry();
    this.#cancel = this.#later();
  }

  static async open(files: IdentityFiles, ports: FileIdentityPorts): Promise<FileIdentity> {
    return new FileIdentity(files, await readIdentity(files), ports);
  }

  current(): TlsMaterial {
    return this.#material;
  }

  get tokenOf(): TlsIdentity['tokenOf'] {
    const { tokenKey } = this.#material;
    return tokenKey === '' ? undefined : (proxies) => xdsTokenOf({ drainKey: tokenKey }, proxies);
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #later(): () => void {
    return this.#ports.clock.after(rereadEveryMs, () => this.#reread());
  }

  async #reread(): Promise<void> {
    try {
      const material = await readIdentity(this.#files);
      if (this.#closed) return;
      this.#problem = undefined;
      if (isDifferent(material, this.#material)) {
        this.#material = material;
        for (const callback of this.#callbacks) callback();
        this.#tellExpiry();
        this.#ports.log.info({}, 'the certificate of the xDS server has changed');
      }
    } catch (error) {
      const problem = failureText(error);
      if (problem !== this.#problem)
        this.#ports.log.warn({ problem }, 'the certificate of the xDS server stays as it was');
      this.#problem = problem;
    }
    if (!this.#closed) this.#cancel = this.#later();
  }

  #tellExpiry(): void {
    const { certificate, ca } = this.#material;
    this.#ports.onExpiry('server', expiries(certificate)[0] ?? 0);
    this.#ports.onExpiry('ca', Math.min(...expiries(ca)));
  }
}

function expiries(pem: string): number[] {
  return (certificatesOf(pem) ?? []).map((certificate) => certificate.validToDate.getTime());
}

/** Reads files and has the TLS library check them. No error quotes a file. */
async function readIdentity({
  certFile,
  keyFile,
  caFile,
  tokenKeyFile,
}: IdentityFiles): Promise<FileMaterial> {
  const [certificate, privateKey, ca] = await Promise.all([read(certFile), read(keyFile), read(caFile)]);
  const [leaf] = certificatesOf(certificate) ?? [];
  if (leaf === undefined) throw new Error(`${certFile} is not made of PEM certificates`);
  if (certificatesOf(ca) === undefined) throw new Error(`${caFile} is not made of PEM certificates`);
  let isItsKey: boolean;
  try {
    isItsKey = leaf.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    throw new Error(`${keyFile} has no private key that can be read`);
  }
  if (!isItsKey) throw new Error(`${keyFile} is not the key of the certificate in ${certFile}`);
  try {
    createSecureContext({ cert: certificate, key: privateKey, ca });
  } catch (error) {
    throw new Error(`${certFile} cannot be used (${failureText(error)})`, { cause: error });
  }
  const tokenKey = tokenKeyFile === '' ? '' : (await read(tokenKeyFile)).trim();
  if (tokenKeyFile !== '' && tokenKey.length < leastKeyLength)
    throw new Error(`${tokenKeyFile} has less than ${leastKeyLength} characters`);
  return { certificate, privateKey, ca, tokenKey };
}

const fields = ['certificate', 'privateKey', 'ca', 'tokenKey'] as const;

/** A shorter one could be guessed from a token. */
const leastKeyLength = 32;

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} cannot be read (${failureText(error)})`, { cause: error });
  }
}

function isDifferent(one: FileMaterial, other: FileMaterial): boolean {
  return fields.some((field) => one[field] !== other[field]);
}
