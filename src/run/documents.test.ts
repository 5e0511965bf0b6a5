import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProviderServer } from '../../test/rig/documents/provider-server.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { configFrom } from '../config/load.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { OidcProviderRow } from '../kinds/own/oidc-provider.ts';
import { systemClock } from '../lib/clock.ts';
import { resourceKey, type ResourceKey } from '../lib/key.ts';
import { createMetrics } from '../observe/metrics.ts';
import { oidcProviderKey } from '../units/oidc-provider-key.ts';
import { Documents } from './documents.ts';
import { fetchThread } from './fetch-thread.ts';

let server: ProviderServer;
let documents: Documents;
const log = new SilentLog();
const metrics = createMetrics();
const rows = new Map<ResourceKey, OidcProviderRow>();

beforeAll(async () => {
  server = await ProviderServer.start();
  const { port } = server;
  const limits = { attemptTimeoutMs: 60_000, connectTimeoutMs: 60_000, retryMs: 100 };
  const loaded = configFrom(
    {
      provider: { type: 'file', file: { directory: '/' } },
      documents: { ...limits, trust: [`127.0.0.1:${port}`] },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  const { config } = loaded;
  documents = new Documents({
    log,
    metrics,
    clock: systemClock,
    options: () => config.documents,
    thread: fetchThread(config, systemClock),
    refused: () => [],
    onRow(change) {
      if (change.kind === 'put') rows.set(change.row.key, decodeRow('OidcProvider', change.row.bytes));
    },
  });
});

afterAll(async () => {
  await documents.close();
  server.close();
  metrics.close();
});

function ask(namespace: string, path: string): () => OidcProviderRow | undefined {
  const provider = { issuer: server.issuer(path), ca: server.ca };
  documents.set(resourceKey('OidcProvider', namespace, path.slice(1)), provider);
  return () => rows.get(oidcProviderKey(namespace, provider));
}

test('a document comes while others hang, and metrics say so', async () => {
  server.respond = (request, response) => {
    if (request.url?.startsWith('/hang') === false) response.end(server.documentOf(request));
  };
  const hanging = [1, 2, 3, 4, 5].map((i) => ask('evil', `/hang${i}`));
  // Half of the four places are for one namespace, and of these half for one server.
  await expect.poll(() => server.asked.length).toBe(1);
  const row = ask('team', '/up');
  await expect.poll(() => row()?.state).toBe('known');
  expect(row()).toMatchObject({ tokenEndpoint: 'https://idp.test/token' });
  expect(hanging.map((of) => of()?.state)).toEqual(hanging.map(() => 'unknown'));
  const text = await metrics.registry.metrics();
  expect(text).toContain('sluice_document_checks_total{result="known",reason="network"} 1');
  expect(text).toContain('sluice_namespace_document_backlog{namespace="evil"} 4');
});
