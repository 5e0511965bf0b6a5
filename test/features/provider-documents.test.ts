import { afterEach, beforeEach, expect, test } from 'vitest';
import { bad, KeptDocuments, known, noAnswer, ttlMs } from '../rig/documents/kept-documents.ts';
import * as m from '../rig/objects/manifests.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { authority } from '../rig/pipeline/backend-tls.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import { answers, base, conditionsOf, secret, security } from '../rig/pipeline/security-policy.ts';

// The sixth of the six failures: https://github.com/envoyproxy/gateway/issues/7394

const login = secret('login', { 'client-secret': 'canary' });

function loginAt(host: string, provider: object = {}, options: object = {}, spec: object = {}): object {
  const oidc = {
    provider: { issuer: `https://${host}`, backendRefs: [m.backend('auth')], ...provider },
    clientID: 'shop',
    clientSecret: { name: 'login' },
  };
  return security({ oidc, ...spec }, options);
}

let documents: KeptDocuments;
let pipeline: Pipeline;
let pool: CountingPool;

beforeEach(() => {
  documents = new KeptDocuments();
  pool = new CountingPool();
});
afterEach(() => documents.close());

async function started(...policies: readonly object[]) {
  pipeline = new Pipeline({ pools: { endpoints: pool, config: pool } });
  documents.forward = (change) => pipeline.controller.apply([change]);
  pipeline.apply(...base, login, ...policies);
  pipeline.controller.sourcesComplete();
  await settled();
  return pipeline.connected();
}

async function settled(ms = 0): Promise<void> {
  await pipeline.settle();
  for (const [policy, wanted] of pipeline.providers) documents.keeper.set(policy, wanted);
  await documents.clock.advanceBy(ms);
  await pipeline.settle();
}

test('until the provider has answered, the routes of the policy alone answer 503, and the policy says since when', async () => {
  const client = await started(loginAt('idp.test'));
  expect(answers(client, 'shop.test')).toEqual([503, 503]);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
  expect(conditionsOf(pipeline)).toMatchObject([
    {
      status: 'False',
      reason: 'Pending',
      message:
        'spec.oidc.provider.issuer: the document is being fetched since 2026-01-01T00:00:00.000Z; its routes answer 503',
    },
  ]);
  // Other changes do not wait for the provider, which hangs.
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'late', hostnames: ['late.test'] }));
  await settled();
  expect(answers(client, 'late.test')).toEqual(['forwarded']);
  expect(documents.asked).toHaveLength(1);
});

test('a document opens the login, stays while later answers are bad, and moves with the provider', async () => {
  documents.answer('idp.test', known());
  const client = await started(loginAt('idp.test'));
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  expect(conditionsOf(pipeline)).toMatchObject([{ status: 'True', reason: 'Accepted' }]);
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('https://idp.test/token');
  client.take();
  for (const fault of [bad, noAnswer]) {
    documents.answer('idp.test', fault);
    await settled(ttlMs);
    expect(client.take()).toEqual([]);
    expect(conditionsOf(pipeline)).toMatchObject([{ status: 'True', reason: 'Accepted' }]);
  }
  documents.answer('idp.test', known('new/'));
  await settled(300_000);
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('https://idp.test/new/token');
});

test.each([
  [bad, 'cannot be used'],
  [noAnswer, 'cannot be fetched'],
] as const)(
  'a first answer %j closes the routes with 503, and the policy says why and what next',
  async (answer, text) => {
    documents.answer('idp.test', answer);
    const client = await started(loginAt('idp.test'));
    expect(answers(client, 'shop.test')).toEqual([503, 503]);
    const [accepted] = conditionsOf(pipeline);
    expect(accepted).toMatchObject({ status: 'False', reason: 'Pending' });
    expect(accepted?.message).toContain(`${text} since 2026-01-01T00:00:00.000Z: ${answer.message}`);
    expect(accepted?.message).toContain('; next attempt at 2026-01-01T00:0');
  },
);

test('no provider is asked for endpoints that a policy names, or for a policy without a Gateway', async () => {
  const named = { authorizationEndpoint: 'https://idp.test/a', tokenEndpoint: 'https://idp.test/t' };
  await started(
    loginAt('idp.test', named),
    loginAt('alone.test', {}, { name: 'alone' }, { targetRefs: [{ kind: 'HTTPRoute', name: 'none' }] }),
  );
  expect(documents.asked).toEqual([]);
  pipeline.apply(loginAt('idp.test'));
  await settled();
  expect(documents.asked).toHaveLength(1);
  pipeline.delete(loginAt('idp.test'));
  await settled(ttlMs * 2);
  expect(documents.keeper.state().documents).toMatchObject({ unknown: 0, known: 0 });
});

function routeAndLogin(name: string, host: string): object[] {
  return [
    m.httpRoute([{ backendRefs: [m.backend()] }], { name, hostnames: [`${name}.test`] }),
    loginAt(host, {}, { name }, { targetRefs: [{ kind: 'HTTPRoute', name }] }),
  ];
}

/** Returns the units that the answer of a provider costs, which `own` policies name, beside `others` that name another. */
async function unitsOfAnswer(own: number, others: number): Promise<Record<string, number>> {
  documents = new KeptDocuments();
  pool = new CountingPool();
  documents.answer('other.test', known());
  await started(
    ...Array.from({ length: own }, (_, i) => routeAndLogin(`own${i}`, 'idp.test')).flat(),
    ...Array.from({ length: others }, (_, i) => routeAndLogin(`other${i}`, 'other.test')).flat(),
  );
  expect(documents.asked).toHaveLength(2);
  documents.answer('idp.test', known());
  pool.take();
  documents.release();
  await settled();
  const counts: Record<string, number> = {};
  for (const unit of pool.take().sent.keys()) {
    const kind = unit.slice(0, unit.indexOf('/'));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  await documents.close();
  return counts;
}

test('an answer costs the policies that name the provider and their routes, and one attempt', async () => {
  const few = await unitsOfAnswer(2, 2);
  expect(few).toEqual({ AttachedRoute: 2, SecurityPolicy: 2, SessionKey: 2 });
  expect(await unitsOfAnswer(2, 20)).toEqual(few);
  expect(await unitsOfAnswer(4, 2)).toEqual({ AttachedRoute: 4, SecurityPolicy: 4, SessionKey: 4 });
});

test('a document is verified by the CAs of its servers, too, and is fetched again by others', async () => {
  documents.answer('idp.test', known());
  const client = await started(
    loginAt('idp.test'),
    ofAuth('one'),
    m.configMap({ 'ca.crt': authority }, { name: 'one' }),
  );
  expect(documents.asked.map(({ ca }) => ca?.trim())).toEqual([authority.trim()]);
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  const other = selfSigned(['other.test']).certificate;
  pipeline.apply(m.configMap({ 'ca.crt': other }, { name: 'one' }));
  await settled();
  expect(documents.asked.map(({ ca }) => ca?.trim())).toEqual([authority.trim(), other.trim()]);
  await settled();
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
});

function ofAuth(ca: string): object {
  const targetRefs = [{ group: '', kind: 'Service', name: 'auth' }];
  const validation = {
    hostname: 'idp.test',
    caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: ca }],
  };
  return m.policy('BackendTLSPolicy', { targetRefs, validation }, { name: 'auth' });
}
