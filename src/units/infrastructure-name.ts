import { contentHash } from '../lib/hash.ts';

/**
 * Follows https://gateway-api.sigs.k8s.io/geps/gep-1762/: `gateway-class`. A name that is no DNS label, or too long for a
 * Service and the names of its pods, is cut and gets a hash.
 */
export function infrastructureName(gateway: string, gatewayClass: string): string {
  const wanted = `${gateway}-${gatewayClass}`;
  if (wanted.length <= maxLength && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(wanted)) return wanted;
  const hash = Buffer.from(contentHash(`${gateway}/${gatewayClass}`), 'base64url')
    .toString('hex')
    .slice(0, hashLength);
  const label = wanted.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+/, '');
  const cut = label.slice(0, maxLength - hashLength - 1).replace(/-$/, '');
  return `${cut === '' ? 'gateway' : cut}-${hash}`;
}

/** A pod's name adds 17 characters and must stay a host name of 63; suffixes of the objects fit in as well. */
const maxLength = 45;
const hashLength = 8;
