import type { Infrastructure } from '../resource/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/** What a proxy shows to the xDS server, and by which it knows that server; PEM each. */
export interface CertificateMaterial {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
}

/**
 * The Secret with the certificate of a Gateway's proxies. Not of type `kubernetes.io/tls`, as those are what Sluice
 * follows for its users' listeners.
 */
export function renderCertificate(infrastructure: Infrastructure, material: CertificateMaterial): Manifest {
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

/** Of the Secret that the pods mount. */
export function certificateName({ name }: Infrastructure): string {
  return `${name}-certificate`;
}

/** Where the pods have its keys as files. */
export const certificateFolder = '/etc/sluice/certificate';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
