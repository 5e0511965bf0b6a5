import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { certificateFileNames, certificateFiles, foundIn } from '../certs/certificate-files.ts';
import { leafLifeMs, renew, type Certificates, type Renewal } from '../certs/certificates.ts';
import { issueClient, renewClient } from '../certs/client-certificate.ts';
import { xdsTokenOf } from '../certs/tokens.ts';
import { failureText } from '../lib/failure.ts';
import type { TlsMaterial } from '../lib/tls-identity.ts';
import { readFolder, writeFolder } from '../run/certificate-folder.ts';
import type { Terminal } from './terminal.ts';

export interface CertgenOptions {
  readonly folder: string;
  /** DNS names of the xDS server, besides `sluice`. */
  readonly dnsNames: readonly string[];
  readonly gateways: readonly { readonly namespace: string; readonly name: string }[];
}

/** Name that every bootstrap asks the server for, whatever its address. */
const serverName = 'sluice';

/** Renews a folder of certificates at `now`, in milliseconds since 1970, and prints the steps. */
export async function certgen(options: CertgenOptions, terminal: Terminal, now: number): Promise<number> {
  try {
    const before = readFolder(options.folder, certificateFileNames);
    const found = foundIn(before);
    if (found.kind === 'unusable') {
      terminal.err(`sluice: certgen: ${options.folder}: ${found.reason}; nothing was changed`);
      return 2;
    }
    const { certificates, renewals } = await renew(
      found.kind === 'none' ? undefined : found.certificates,
      now,
      [...new Set([serverName, ...options.dnsNames])],
    );
    writeFolder(options.folder, certificateFiles(certificates), before);
    terminal.out(summary(certificates, renewals));
    for (const { namespace, name } of options.gateways) {
      const line = await renewProxy(options.folder, namespace, name, certificates, now);
      terminal.out(line);
    }
    return 0;
  } catch (error) {
    terminal.err(`sluice: certgen: ${options.folder}: ${failureText(error)}`);
    return 1;
  }
}

const clientFileNames = ['tls.key', 'tls.crt', 'ca.crt', 'token'] as const;

async function renewProxy(
  folder: string,
  namespace: string,
  gateway: string,
  certificates: Certificates,
  now: number,
): Promise<string> {
  const place = join(folder, namespace, gateway);
  const before = readFolder(place, clientFileNames);
  const proxies = { namespace, gateway, uid: '' };
  const has: TlsMaterial = {
    certificate: before.get('tls.crt') ?? '',
    privateKey: before.get('tls.key') ?? '',
    ca: before.get('ca.crt') ?? '',
  };
  const material =
    before.size === 0
      ? await issueClient(certificates, proxies, now, leafLifeMs)
      : await renewClient(has, certificates, proxies, now, leafLifeMs);
  const files = new Map([
    // First the CAs: the new certificate may be signed by a new one.
    ['ca.crt', material.ca],
    ['tls.key', material.privateKey],
    ['tls.crt', material.certificate],
    ['token', xdsTokenOf(certificates, proxies)],
  ]);
  writeFolder(place, files, before);
  const did = material.certificate === has.certificate ? 'kept' : 'made';
  const trusts = did === 'kept' && material.ca !== has.ca ? '; ca.crt is new' : '';
  return `${namespace}/${gateway}: ${did}, good until ${dateOf(material.certificate)}${trusts}\n`;
}

function summary({ authority, next, server }: Certificates, renewals: readonly Renewal[]): string {
  const did = (...names: Renewal[]): string =>
    names.some((name) => renewals.includes(name)) ? 'made' : 'kept';
  const change = renewals.includes('ca changed') ? 'changed' : did('ca made');
  const trusted =
    next === undefined
      ? ''
      : `; the next CA is ${did('next ca made')}, and signs when it has been trusted for a day`;
  return [
    `ca.crt: ${change}, good until ${dateOf(authority.certificate)}${trusted}\n`,
    `tls.crt: ${did('server renewed')}, good until ${dateOf(server.certificate)}\n`,
  ].join('');
}

function dateOf(certificate: string): string {
  return new X509Certificate(certificate).validToDate.toISOString().slice(0, 10);
}
