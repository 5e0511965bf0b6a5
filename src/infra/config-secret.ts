import { contentHash } from '../lib/hash.ts';
import { proxyPorts } from '../units/container-port.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import {
  authorityResource,
  certificateResource,
  proxyBootstrap,
  type CertificateFiles,
} from './bootstrap.ts';
import { certificateFolder } from './certificate.ts';
import { drainTimes } from './drain-times.ts';
import { objectMetadata, type Manifest } from './manifest.ts';
import type { Site } from './site.ts';

/** The files that Envoy starts with. A Secret, as the bootstrap contains the token for the xDS server. */
export function configSecret(infrastructure: Infrastructure, site: Site): Manifest {
  const files = Object.entries(configFiles(infrastructure, site));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: objectMetadata(infrastructure, configName(infrastructure)),
    type: 'Opaque',
    data: Object.fromEntries(files.map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
  };
}

export function configName({ name }: Infrastructure): string {
  return `${name}-config`;
}

/** Changes when, and only when, the proxies must be replaced to take in their config. */
export function configHash(infrastructure: Infrastructure, site: Site): string {
  return contentHash(JSON.stringify(configFiles(infrastructure, site)));
}

export const configFolder = '/etc/sluice/config';

export const bootstrapPath = `${configFolder}/bootstrap.json`;

function configFiles(infrastructure: Infrastructure, site: Site): Record<string, string> {
  const { namespace, gateway, gatewayUid } = infrastructure;
  const times = drainTimes(infrastructure, site);
  const token = site.drainToken(namespace, gateway);
  return {
    'bootstrap.json': proxyBootstrap({
      ...site,
      gateway: `${namespace}/${gateway}`,
      xdsToken: site.xdsToken({ namespace, gateway, uid: gatewayUid }),
      adminPort: proxyPorts.admin,
      readinessPort: proxyPorts.readiness,
      ipFamily: infrastructure.proxy?.ipFamily,
      drain: times.timeoutMs === 0 ? undefined : { port: proxyPorts.drain, token, ...times },
      certificateFile: `${configFolder}/certificate.json`,
      authorityFile: `${configFolder}/authority.json`,
    }),
    'certificate.json': certificateResource(certificateFiles),
    'authority.json': authorityResource(certificateFiles),
  };
}

const certificateFiles: CertificateFiles = {
  folder: certificateFolder,
  certificate: `${certificateFolder}/tls.crt`,
  privateKey: `${certificateFolder}/tls.key`,
  authority: `${certificateFolder}/ca.crt`,
};
