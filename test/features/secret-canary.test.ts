import { expect, test } from 'vitest';
import { translateOffline } from '../../src/run/translate-offline.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, rowOf } from '../rig/pipeline/pipeline.ts';
import { base, secret, security } from '../rig/pipeline/security-policy.ts';

/** Stands in each value of a Secret here; the hash of a password has 27 characters and `=`. */
const canary = 'CANARY';
const hash = `${canary}${'a'.repeat(21)}=`;
const value = `${canary}-value`;
const keySet = JSON.stringify({ keys: [{ kty: 'oct', k: canary }] });

const keys = { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] };
const all = {
  basicAuth: { users: { name: 'users' } },
  apiKeyAuth: keys,
  jwt: {
    providers: [
      { name: 'p', localJWKS: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'keys' } } },
    ],
  },
  oidc: {
    provider: {
      issuer: 'https://issuer.test',
      authorizationEndpoint: 'https://issuer.test/auth',
      tokenEndpoint: 'https://issuer.test/token',
      backendRefs: [m.backend('auth')],
    },
    clientID: 'shop',
    clientSecret: { name: 'login' },
  },
  extAuth: {
    grpc: { backendRefs: [m.backend('auth')] },
    contextExtensions: [
      { name: 'a', type: 'ValueRef', valueRef: { kind: 'Secret', name: 'keys', key: 'ann' } },
    ],
  },
};
const credential = { credential: { valueRef: { name: 'credential' } } };
const injecting = [
  m.httpRoute([{ filters: [m.toFilter()], backendRefs: [m.backend()] }], { name: 'injecting' }),
  m.routeFilter({ credentialInjection: credential }),
];

const usable = [
  secret('users', { '.htpasswd': `ann:{SHA}${hash}` }),
  secret('keys', { ann: value }),
  secret('credential', { credential: value }),
  secret('login', { 'client-secret': value }),
  m.configMap({ jwks: keySet }, { name: 'keys' }),
];
const unusable = [
  secret('users', { '.htpasswd': `ann:{MD5}${canary}\n${canary}` }),
  secret('keys', { ann: value, bob: value, eve: `${value}\n` }),
  secret('login', { 'client-secret': `${value}\n` }),
  { ...secret('credential', {}), data: { credential: `!${canary}` } },
  m.configMap({ jwks: `{"keys": [${canary}]}` }, { name: 'keys' }),
];

test.each([
  ['usable', usable],
  ['unusable', unusable],
])(
  'no value of a Secret gets into the log, a status, an error or the output of translate: %s ones',
  async (_, secrets) => {
    const manifests = [...base, security(all), ...injecting, ...secrets];
    const changes = manifests.map((manifest) => ({ kind: 'put', row: rowOf(manifest) }) as const);
    const translated = JSON.stringify(
      await translateOffline({ changes, problems: [], apiVersions: new Map() }),
    );
    expect(translated).toContain(secrets === usable ? '[redacted]' : 'its routes answer 500');
    expect(translated).not.toContain(canary);
    const pipeline = await Pipeline.started(manifests);
    const client = await pipeline.connected();
    const routes = JSON.stringify(client.routes('default/web/80:*'));
    expect(routes.includes(canary)).toBe(secrets === usable);
    client.reject = (service) => (service === 'VHDS' ? 'no' : undefined);
    pipeline.apply(security({ ...all, cors: {} }));
    await pipeline.drain();
    const statuses = [...pipeline.controller.objects()].map((key) => pipeline.controller.status(key));
    expect(JSON.stringify(statuses)).not.toContain(canary);
    expect(JSON.stringify(pipeline.log.lines)).not.toContain(canary);
  },
);
