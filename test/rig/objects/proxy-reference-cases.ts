import * as m from './manifests.ts';
import { parametersRef, type ReferenceCases } from './reference-case.ts';

const proxyService = (clusterIP: string): object => ({
  ...m.service('target'),
  spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80 }] },
});
const renamed = m.envoyProxy({ provider: { kubernetes: { envoyService: { name: 'target' } } } });

export const proxyReferences: ReferenceCases = {
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.imagePullSecrets[]': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.nodeSelector': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDaemonSet.pod.priorityClassName': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.imagePullSecrets[]': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.nodeSelector': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.priorityClassName': 'for Kubernetes to follow',
  'EnvoyProxy spec.provider.kubernetes.envoyHpa.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyPDB.name': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyService.loadBalancerClass': 'for Kubernetes to follow',
  // Set by users, and followed as well: its addresses are the Gateway's.
  'EnvoyProxy spec.provider.kubernetes.envoyService.name': {
    sources: [
      m.gatewayClass(),
      m.gateway([m.httpListener()], {
        infrastructure: { parametersRef: { ...parametersRef, name: 'proxy' } },
      }),
      renamed,
    ],
    target: [proxyService('10.96.0.1'), proxyService('10.96.0.2')],
  },
};
