import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { site, webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import { infrastructureName } from '../units/infrastructure-name.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { renderCertificate } from './certificate.ts';
import type { Manifest } from './manifest.ts';
import { renderInfrastructure } from './render.ts';

const material = { certificate: 'CERTIFICATE', privateKey: 'KEY', ca: 'CA' };

test('every object is the Gateway’s, and says so', () => {
  for (const { metadata } of rendered(webInfrastructure())) {
    expect(metadata).toMatchObject({
      namespace: 'default',
      labels: {
        'app.kubernetes.io/name': 'envoy',
        'app.kubernetes.io/component': 'proxy',
        'app.kubernetes.io/managed-by': 'sluice',
        'gateway.networking.k8s.io/gateway-name': 'web',
        'gateway.networking.k8s.io/gateway-class-name': 'sluice',
      },
      ownerReferences: [
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          name: 'web',
          uid: '0b5f4a3e-7a54-4b36-9a3e-0d6c5f1f7f11',
          controller: true,
        },
      ],
    });
  }
});

test('labels and annotations of the Gateway are on every object, and cannot hide whose it is', () => {
  const labels = [
    ['app.kubernetes.io/managed-by', 'me'],
    ['team', 'edge'],
  ] as const;
  const infrastructure = webInfrastructure(undefined, { labels, annotations: [['cost', 'low']] });
  for (const { metadata } of rendered(infrastructure)) {
    expect(metadata.labels).toMatchObject({ team: 'edge', 'app.kubernetes.io/managed-by': 'sluice' });
    expect(metadata.annotations).toMatchObject({ cost: 'low' });
  }
});

test('an autoscaler and a disruption budget are there when an EnvoyProxy wants them', () => {
  const settings = {
    envoyDeployment: { name: 'edge' },
    envoyHpa: { minReplicas: 2, maxReplicas: 5, patch: { value: { spec: { maxReplicas: 6 } } } },
    envoyPDB: { minAvailable: '50%' },
  };
  const made = renderInfrastructure(webInfrastructure({ provider: { kubernetes: settings } }), site);
  expect(made.map(({ kind }) => kind)).toEqual([
    'ServiceAccount',
    'Secret',
    'Service',
    'Deployment',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
  ]);
  expect(made[4]?.['spec']).toEqual({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'edge' },
    minReplicas: 2,
    maxReplicas: 6,
  });
  expect(made[5]?.['spec']).toMatchObject({ minAvailable: '50%' });
  expect(made[5]?.['spec']).not.toHaveProperty('maxUnavailable');
});

test('an EnvoyProxy names the autoscaler, the disruption budget and the ServiceAccount', () => {
  const settings = {
    envoyHpa: { name: 'scaler', maxReplicas: 5 },
    envoyPDB: { name: 'budget', minAvailable: 1 },
    envoyServiceAccount: { name: 'account' },
  };
  const made = renderInfrastructure(webInfrastructure({ provider: { kubernetes: settings } }), site);
  const names = made.map(({ kind, metadata }) => [kind, metadata.name]);
  expect(names).toContainEqual(['HorizontalPodAutoscaler', 'scaler']);
  expect(names).toContainEqual(['PodDisruptionBudget', 'budget']);
  expect(names).toContainEqual(['ServiceAccount', 'account']);
});

test('a DaemonSet has no autoscaler', () => {
  const settings = { envoyDaemonSet: {}, envoyHpa: { maxReplicas: 5 } };
  const made = renderInfrastructure(webInfrastructure({ provider: { kubernetes: settings } }), site);
  expect(made.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Secret', 'Service', 'DaemonSet']);
});

test('the Secret has the certificate and is not of the type that listeners use', () => {
  const secret = renderCertificate(webInfrastructure(), material);
  expect(secret).toMatchObject({
    kind: 'Secret',
    metadata: { name: 'web-sluice-certificate' },
    type: 'Opaque',
  });
  expect(secret['data']).toEqual({
    'tls.crt': Buffer.from('CERTIFICATE').toString('base64'),
    'tls.key': Buffer.from('KEY').toString('base64'),
    'ca.crt': Buffer.from('CA').toString('base64'),
  });
});

test('whatever a Gateway is called, names and labels are such as the API server takes', () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, name, (gateway, gatewayClass) => {
      const changes = { gateway, gatewayClass, name: infrastructureName(gateway, gatewayClass) };
      for (const { metadata } of rendered(webInfrastructure(undefined, changes))) {
        expect(metadata.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
        for (const value of Object.values(metadata.labels))
          expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
      }
    }),
  );
});

function rendered(infrastructure: Infrastructure): readonly Manifest[] {
  return [...renderInfrastructure(infrastructure, site), renderCertificate(infrastructure, material)];
}
