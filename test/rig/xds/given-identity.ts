import { bundleOf, renew, type Certificates } from '../../../src/certs/certificates.ts';
import { issueLeaf } from '../../../src/certs/issue.ts';
import type { GatewayProxies, TlsIdentity, TlsMaterial } from '../../../src/lib/tls-identity.ts';

export class GivenIdentity implements TlsIdentity {
  /** Tokens; by default none is required. */
  tokenOf?: (proxies: GatewayProxies) => string;
  #material: TlsMaterial | undefined;
  readonly #callbacks = new Set<() => void>();

  current(): TlsMaterial | undefined {
    return this.#material;
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  set(certificates: Certificates): void {
    this.#material = { ...certificates.server, ca: bundleOf(certificates) };
    for (const callback of this.#callbacks) callback();
  }
}

/** Certificates after another rotation: every fourth begins a change of the CA, which the next one ends. */
export async function rotated(certificates: Certificates, round: number): Promise<Certificates> {
  let { authority, next, retired } = certificates;
  if (round % 4 === 0) next = (await renew(undefined, Date.now(), ['sluice'])).certificates.authority;
  else if (next !== undefined) {
    retired = [authority.certificate];
    authority = next;
    next = undefined;
  }
  const use = { kind: 'server', dnsNames: ['sluice'] } as const;
  const server = await issueLeaf(authority, use, Date.now(), 86_400_000);
  return { ...certificates, authority, next, retired, server };
}
