import { expect, test } from 'vitest';
import { oidcProviderRow } from '../../src/kinds/own/oidc-provider.ts';
import type { RowChange } from '../../src/kinds/row.ts';
import { resourceKey } from '../../src/lib/key.ts';
import { oidcProviderKey } from '../../src/units/oidc-provider-key.ts';
import * as m from '../rig/objects/manifests.ts';
import { configIn, endpoints, login, oidc } from '../rig/pipeline/oidc-policy.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { answers, base, conditionsOf, security, served } from '../rig/pipeline/security-policy.ts';

test('without endpoints of its own a policy waits for the document of its provider, and no other route notices', async () => {
  const issuer = 'https://issuer.test';
  const key = resourceKey('OidcProvider', 'default', 'policy');
  const row = (fields: object): RowChange => ({
    kind: 'put',
    row: oidcProviderRow(oidcProviderKey('default', { issuer }), {
      state: 'known',
      since: '2026-11-30T00:00:00Z',
      ...fields,
    }),
  });
  const asked = { ...oidc, provider: { issuer, backendRefs: [m.backend('auth')] } };
  const pipeline = await Pipeline.started([...base, login, security({ oidc: asked })]);
  const client = await pipeline.connected();
  const condition = () => conditionsOf(pipeline).find(({ type }) => type === 'Accepted');
  expect(pipeline.providers.get(key)).toEqual({ issuer });
  expect(answers(client, 'shop.test')).toEqual([503, 503]);
  expect(condition()).toMatchObject({ status: 'False', reason: 'Pending' });
  expect(condition()?.message).toContain('spec.oidc.provider.issuer: ');
  client.take();

  pipeline.controller.apply([row({ authorizationEndpoint: `${issuer}/a`, tokenEndpoint: `${issuer}/t` })]);
  await pipeline.settle();
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  expect(condition()).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(`${issuer}/t`);

  // A later check that fails is told by the row alone.
  client.take();
  const known = { authorizationEndpoint: `${issuer}/a`, tokenEndpoint: `${issuer}/t`, message: 'no answer' };
  pipeline.controller.apply([row(known)]);
  await pipeline.settle();
  expect(client.take()).toEqual([]);

  pipeline.apply(security({ oidc }));
  await pipeline.settle();
  expect(pipeline.providers.get(key)).toBeUndefined();
});

test('a provider without backendRefs is called by the URL of its token endpoint', async () => {
  const byUrl = { ...oidc, provider: endpoints };
  const pipeline = await Pipeline.started([...base, login, security({ oidc: byUrl })], {
    settings: { backendHostnames: true },
  });
  const client = await pipeline.connected();
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  const cluster = client.names('CDS').find((name) => name.includes('issuer.test')) ?? '';
  expect(JSON.stringify(client.json('CDS', cluster))).toContain('"sni":"issuer.test"');
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(`"cluster":"${cluster}"`);
});

test('settings of connections to the provider, its time limit and its retries have their effect', async () => {
  const backendSettings = {
    timeout: { http: { requestTimeout: '3s' }, tcp: { connectTimeout: '2s' } },
    retry: {
      numRetries: 3,
      retryOn: { triggers: ['reset', 'unknown'] },
      perRetry: { backOff: { baseInterval: '1s', maxInterval: '4s' } },
    },
  };
  const { filters, accepted, client } = await served(
    security({ oidc: { ...oidc, provider: { ...oidc.provider, backendSettings } } }),
    login,
  );
  expect(accepted?.message).toBe('the policy is accepted');
  const config = configIn(filters);
  expect(config).toMatchObject({
    tokenEndpoint: { timeout: '3s' },
    retryPolicy: {
      numRetries: 3,
      retryOn: 'reset',
      retryBackOff: { baseInterval: '1s', maxInterval: '4s' },
    },
  });
  const { cluster } = config['tokenEndpoint'] as { readonly cluster: string };
  expect(client.json('CDS', cluster)).toMatchObject({ connectTimeout: '2s' });
});
