import { expect, test } from 'vitest';
import type { Settings } from '../../src/kinds/own/settings.ts';
import { answers, base, conditionsOf, security } from '../rig/pipeline/security-policy.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const keysAt = (uri: string) => security({ jwt: { providers: [{ name: 'p', remoteJWKS: { uri } }] } });

async function started(uri: string, settings: Partial<Settings>) {
  const pipeline = await Pipeline.started([...base, keysAt(uri)], { settings });
  return { pipeline, client: await pipeline.connected() };
}

const cluster = 'default/url:idp.example.com/8443/http1/tls';

test('keys by a URL alone come from a cluster of its host, which has to prove the name', async () => {
  const { pipeline, client } = await started('https://IDP.example.com:8443/keys', { backendHostnames: true });
  expect(conditionsOf(pipeline)).toMatchObject([{ status: 'True', reason: 'Accepted' }]);
  expect(client.json('CDS', cluster)).toMatchObject({
    altStatName: 'default/url:idp.example.com/8443/http1',
    clusterType: { name: 'envoy.clusters.dns' },
    loadAssignment: {
      endpoints: [
        {
          lbEndpoints: [
            { endpoint: { address: { socketAddress: { address: 'idp.example.com', portValue: 8443 } } } },
          ],
        },
      ],
    },
    transportSocket: {
      typedConfig: {
        sni: 'idp.example.com',
        commonTlsContext: {
          validationContext: {
            trustedCa: { filename: '/etc/ssl/certs/ca-certificates.crt' },
            matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact: 'idp.example.com' } }],
          },
        },
      },
    },
  });
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  client.take();
  pipeline.setSettings({ backendHostnames: false });
  await pipeline.settle();
  expect(answers(client, 'shop.test')).toEqual([500, 500]);
});

const ways = { backendHostnames: true, allowLoopbackEndpoints: true };

test.each<[string, Partial<Settings>, RegExp]>([
  ['http://idp.example.com/keys', ways, /must be a URL with https, or have backendRefs/],
  ['https://idp.example.com/keys', {}, /translate\.backends\.hostnames/],
  ['https://localhost/keys', { backendHostnames: true }, /translate\.allowLoopbackEndpoints/],
  ['https://a.LOCALHOST/keys', { backendHostnames: true }, /translate\.allowLoopbackEndpoints/],
  ['https://127.0.0.1/keys', ways, /must have a DNS name/],
  ['https://0x7f.1/keys', ways, /must have a DNS name/],
  ['https://2852039166/latest', ways, /must have a DNS name/],
  ['https://[::1]/keys', ways, /must have a DNS name/],
  ['https://[fe80::1]/keys', ways, /must have a DNS name/],
  ['https://169.254.169.254/keys', ways, /must have a DNS name/],
  ['https://localhost./keys', ways, /must have a DNS name/],
  ['https://a_b.example.com/keys', ways, /must have a DNS name/],
  ['https://%31%32%37.0.0.1/keys', ways, /must have a DNS name/],
])('no proxy asks %s for keys: the routes of the policy answer 500', async (uri, settings, message) => {
  const { pipeline, client } = await started(uri, settings);
  expect(answers(client, 'shop.test')).toEqual([500, 500]);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
  expect(client.names('CDS').filter((name) => name.includes('url:'))).toEqual([]);
  const [accepted] = conditionsOf(pipeline);
  expect(accepted).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(accepted?.message).toMatch(message);
  expect(accepted?.message).toContain('spec.jwt.providers[0].remoteJWKS.uri');
});
