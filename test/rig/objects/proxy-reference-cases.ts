import { selfSigned, tlsSecret } from './certificate.ts';
import * as m from './manifests.ts';
import { parametersRef, toService, type Case, type ReferenceCases } from './reference-case.ts';

const proxyService = (clusterIP: string): object => ({
  ...m.service('target'),
  spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80 }] },
});
const renamed = m.envoyProxy({ provider: { kubernetes: { envoyService: { name: 'target' } } } });

const backendRefs = [{ name: 'target', port: 80 }];
const [backendRef] = backendRefs;

/** A Gateway with the EnvoyProxy, which refers to something. */
function withProxy(spec: object, more: readonly object[] = []): readonly object[] {
  const infrastructure = { parametersRef: { ...parametersRef, name: 'proxy' } };
  return [m.gatewayClass(), m.gateway([m.httpListener()], { infrastructure }), m.envoyProxy(spec), ...more];
}

function sink(type: string, fields: object): Case {
  return {
    sources: withProxy({ telemetry: { accessLog: { settings: [{ sinks: [{ type, ...fields }] }] } } }),
    target: toService,
  };
}

function traced(provider: object): Case {
  return { sources: withProxy({ telemetry: { tracing: { provider } } }), target: toService };
}

const loggers = 'EnvoyProxy spec.telemetry.accessLog.settings[].sinks[]';
const secure = m.policy('BackendTLSPolicy', {
  targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
  validation: { hostname: 'app.test', wellKnownCACertificates: 'System' },
});

export const proxyReferences: ReferenceCases = {
  'EnvoyProxy spec.backendTLS.clientCertificateRef': {
    sources: withProxy({ backendTLS: { clientCertificateRef: { name: 'target' } } }, [
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      secure,
    ]),
    target: [
      tlsSecret('target', selfSigned(['a.example.com'])),
      { ...tlsSecret('target', selfSigned(['a.example.com'])), data: {} },
    ],
  },
  [`${loggers}.als.backendRef`]: sink('ALS', { als: { type: 'HTTP', backendRef } }),
  [`${loggers}.als.backendRefs[]`]: sink('ALS', { als: { type: 'HTTP', backendRefs } }),
  [`${loggers}.als.logName`]: 'a name that it gives',
  [`${loggers}.openTelemetry.backendRef`]: sink('OpenTelemetry', { openTelemetry: { backendRef } }),
  [`${loggers}.openTelemetry.backendRefs[]`]: sink('OpenTelemetry', { openTelemetry: { backendRefs } }),
  'EnvoyProxy spec.telemetry.tracing.provider.backendRef': traced({ backendRef }),
  'EnvoyProxy spec.telemetry.tracing.provider.backendRefs[]': traced({ backendRefs }),
  'EnvoyProxy spec.telemetry.tracing.provider.serviceName': 'a name that it gives',
  'EnvoyProxy spec.telemetry.tracing.spanName': 'a name that it gives',
  'EnvoyProxy spec.provider.kubernetes.envoyServiceAccount.name': 'a name that it gives',
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
