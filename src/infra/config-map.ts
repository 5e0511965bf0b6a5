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

/** The files that Envoy starts with. */
export function configMap(infrastructure: Infrastructure, site: Site): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: objectMetadata(infrastructure, infrastructure.name),
    data: configFiles(infrastructure, site),
  };
}

/** Changes when, and only when, the proxies have to be replaced to have their config. */
export function configHash(infrastructure: Infrastructure, site: Site): string {
  return contentHash(JSON.stringify(configFiles(infrastructure, site)));
}

/** Where the pods have these files. */
export const configFolder = '/etc/sluice/config';

export const bootstrapPath = `${configFolder}/bootstrap.json`;

function configFiles(infrastructure: Infrastructure, site: Site): Record<string, string> {
  const { namespace, gateway } = infrastructure;
  const times = drainTimes(infrastructure, site);
  const token = site.drainToken(namespace, gateway);
  return {
    'bootstrap.json': proxyBootstrap({
      ...site,
      gateway: `${namespace}/${gateway}`,
      adminPort: proxyPorts.admin,
      readinessPort: proxyPorts.readiness,
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
