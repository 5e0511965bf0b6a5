import type { TlsMaterial } from '../lib/tls-identity.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/**
 * The Secret with what the proxies of a Gateway show to the xDS server, and by which they know that server. Not of type
 * `kubernetes.io/tls`, as those are what Sluice follows for its users' listeners.
 */
export function renderCertificate(infrastructure: Infrastructure, material: TlsMaterial): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: objectMetadata(infrastructure, certificateName(infrastructure)),
    type: 'Opaque',
    data: {
      'tls.crt': base64(material.certificate),
      'tls.key': base64(material.privateKey),
      'ca.crt': base64(material.ca),
    },
  };
}

/** Name of the Secret that the pods mount. */
export function certificateName({ name }: Infrastructure): string {
  return `${name}-certificate`;
}

/** Folder of the pods with its keys as files. */
export const certificateFolder = '/etc/sluice/certificate';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
