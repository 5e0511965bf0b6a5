import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf, ProviderServer } from '../../test/rig/documents/provider-server.ts';
import { systemClock } from '../lib/clock.ts';
import { FetchThread } from '../remote/fetch-thread.ts';
import type { DocumentResult } from './fetch-document.ts';

let server: ProviderServer;
const thread = new FetchThread(
  {
    entry: new URL('../../workers/fetch.ts', import.meta.url),
    parallel: 8,
    data: { directory: '', maxBytes: 0 },
  },
  systemClock,
);

beforeAll(async () => {
  server = await ProviderServer.start();
});

afterAll(async () => {
  await thread.close();
  server.close();
});

async function fetched(path = '', more: object = {}, attemptTimeoutMs = 10_000): Promise<DocumentResult> {
  server.asked.length = 0;
  const request = {
    namespace: 'team',
    issuer: server.issuer(path),
    ca: server.ca,
    limits: { attemptTimeoutMs, connectTimeoutMs: 10_000 },
    places: { allow: [], trust: [`127.0.0.1:${server.port}`], refused: [] },
    ...more,
  };
  return (await thread.attempt('fetchDocument', request, attemptTimeoutMs)) as DocumentResult;
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

test('the document is at the well-known path below the issuer', async () => {
  expect(await fetched('/realms/a')).toMatchObject({
    kind: 'known',
    endpoints: { tokenEndpoint: 'https://idp.test/token' },
  });
  expect(server.asked).toEqual(['/realms/a/.well-known/openid-configuration']);
  expect((await fetched()).kind).toBe('known');
});

test.each<[string, Respond, object]>([
  ['another issuer', (_, response) => response.end(documentOf('https://evil.test')), { reason: 'content' }],
  ['no JSON', (_, response) => response.end('<html>'), { reason: 'content' }],
  ['too much', (_, response) => response.end('x'.repeat(70_000)), { reason: 'size' }],
  ['404', (_, response) => response.writeHead(404).end(), { reason: 'absent' }],
  ['500', (_, response) => response.writeHead(500).end(), { kind: 'unreachable', reason: 'server' }],
  ['nothing', () => {}, { kind: 'unreachable', reason: 'timeout' }],
  ['half of it', (_, response) => response.write('{'), { kind: 'unreachable', reason: 'timeout' }],
  ['a broken connection', ({ socket }) => socket.destroy(), { kind: 'unreachable', reason: 'network' }],
])('a provider that answers with %s gives no document', async (_, answer, expected) => {
  server.respond = answer;
  const result = await fetched('', {}, 1000);
  expect(result).toMatchObject({ kind: 'denied', ...expected });
});

test.each([
  'http://localhost:1/x',
  'https://127.0.0.1:1/x',
  'https://169.254.169.254/latest',
  'https://[::1]:1/x',
  'file:///etc/passwd',
])('no redirect leads to %s', async (location) => {
  server.respond = (_, response) => response.writeHead(302, { location }).end();
  expect(await fetched()).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(server.asked).toHaveLength(1);
});

test('no document comes from this machine, or from a server whose certificate is of another CA', async () => {
  server.respond = (_, response) => response.end(documentOf(server.issuer()));
  const places = { allow: [], trust: [], refused: [] };
  const result = await fetched('', { places });
  expect(result).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(result.kind === 'denied' && result.message).toContain('where no document may come from');
  expect(await fetched('', { ca: undefined })).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  expect(server.asked).toEqual([]);
});
