import { expect, test } from 'vitest';
import { Secret } from '../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import { Cluster } from '../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { HttpProtocolOptions } from '../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts';
import { resourceJson } from './resource-json.ts';

test('a private key never leaves, and the certificate does', () => {
  const bytes = Secret.encode({
    name: 'a/b',
    type: {
      $case: 'tlsCertificate',
      value: {
        certificateChain: { specifier: { $case: 'inlineString', value: 'CERTIFICATE' } },
        privateKey: { specifier: { $case: 'inlineBytes', value: Buffer.from('KEY') } },
      },
    },
  }).finish();
  const typeUrl = `type.googleapis.com/${Secret.$type}`;
  const json = resourceJson({ typeUrl, bytes });
  expect(json).toEqual({
    '@type': typeUrl,
    name: 'a/b',
    tlsCertificate: {
      certificateChain: { inlineString: 'CERTIFICATE' },
      privateKey: { inlineString: '[redacted]' },
    },
  });
});

test('an Any inside a resource says its type', () => {
  const options = HttpProtocolOptions.encode({
    upstreamProtocolOptions: {
      $case: 'explicitHttpConfig',
      value: { protocolConfig: { $case: 'http2ProtocolOptions', value: {} } },
    },
  }).finish();
  const inner = `type.googleapis.com/${HttpProtocolOptions.$type}`;
  const typeUrl = `type.googleapis.com/${Cluster.$type}`;
  const bytes = Cluster.encode({
    name: 'a/b/80/http2',
    typedExtensionProtocolOptions: new Map([[HttpProtocolOptions.$type, { typeUrl: inner, value: options }]]),
  }).finish();
  expect(resourceJson({ typeUrl, bytes })).toEqual({
    '@type': typeUrl,
    name: 'a/b/80/http2',
    typedExtensionProtocolOptions: {
      [HttpProtocolOptions.$type]: { '@type': inner, explicitHttpConfig: { http2ProtocolOptions: {} } },
    },
  });
});
