import type { TlsMaterial } from '../lib/tls-identity.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/** Not of type `kubernetes.io/tls`: Secrets of that type are followed, for the listeners of users. */
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

export function certificateName({ name }: Infrastructure): string {
  return `${name}-certificate`;
}

export const certificateFolder = '/etc/sluice/certificate';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
