import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

function https(name: string, hostname: string, secret: string): object {
  return { name, protocol: 'HTTPS', port: 8643, hostname, tls: { certificateRefs: [{ name: secret }] } };
}

test('an HTTPS listener without tls is not programmed and says why, and the others are served', async () => {
  const bare = { name: 'bare', protocol: 'HTTPS', port: 8643 };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([bare, m.httpListener({ port: 8611 })]),
    m.service(),
    m.httpRoute([{ backendRefs: [m.backend()] }], { hostnames: ['shop.test'] }),
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/8611']);
  expect(pipeline.listenerConditions('bare')).toMatchObject({
    ResolvedRefs: {
      status: 'False',
      reason: 'InvalidCertificateRef',
      message: 'spec.listeners[0].tls: name at least one TLS Secret',
      observedGeneration: 3,
    },
    Programmed: { status: 'False', reason: 'Invalid' },
  });
  expect(pipeline.listenerConditions('http')).toMatchObject({
    Accepted: { status: 'True' },
    ResolvedRefs: { status: 'True' },
  });
  // Removing tls from a served listener removes that listener alone.
  pipeline.apply(
    m.gateway([https('bare', 'a.test', 'cert'), m.httpListener({ port: 8611 })]),
    tlsSecret('cert', selfSigned(['a.test'])),
  );
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/8611', 'default/web/8643']);
  pipeline.apply(m.gateway([bare, m.httpListener({ port: 8611 })]));
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/8611']);
});

test('listeners with overlapping names say so, and a name beside them does not', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([
      https('any', '*.example.com', 'any-cert'),
      https('foo', 'foo.example.com', 'foo-cert'),
      https('apex', 'example.com', 'apex-cert'),
    ]),
  ]);
  for (const [name, other] of [
    ['any', 'foo'],
    ['foo', 'any'],
  ] as const) {
    expect(pipeline.listenerConditions(name)['OverlappingTLSConfig']).toMatchObject({
      status: 'True',
      reason: 'OverlappingHostnames',
      message: expect.stringContaining(`listener ${other};`),
    });
  }
  expect(pipeline.listenerConditions('apex')['OverlappingTLSConfig']).toBeUndefined();
});

test('client certificates that nothing can judge close the listener, and say so', async () => {
  const frontend = {
    default: { validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'clients-ca' }] } },
  };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([https('https', 'shop.test', 'shop-cert')], { tls: { frontend } }),
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual([]);
  expect(pipeline.listenerConditions('https')).toMatchObject({
    ResolvedRefs: { status: 'False', reason: 'InvalidCACertificateRef' },
    Accepted: { status: 'False', reason: 'NoValidCACertificate' },
  });
  pipeline.apply(
    tlsSecret('shop-cert', selfSigned(['shop.test'])),
    m.configMap({ 'ca.crt': selfSigned(['ca.test']).certificate }, { name: 'clients-ca' }),
  );
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/8643']);
  expect(JSON.stringify(client.json('LDS', 'default/web/8643'))).toContain('"requireClientCertificate":true');
});
