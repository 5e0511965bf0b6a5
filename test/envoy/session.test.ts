import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo, type Answer } from '../rig/envoy/http-client.ts';
import { backend } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let servers: EchoBackend[];

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  servers = [];
  for (const name of ['one', 'two', 'three', 'four']) servers.push(await rig.server(name));
  rig.pointAt('app', servers.slice(0, 3));
});

afterAll(() => rig.close());

function rule(sessionPersistence: object, more: object = {}): object {
  return { backendRefs: [backend('app')], sessionPersistence, ...more };
}

test('a client with the cookie stays with its endpoint, and one without it does not', async () => {
  await rig.serve('cookie', [rule({ cookie: {} })]);
  const cookie = cookieOf(await rig.send('cookie'));
  expect(cookie).toMatch(/^session-[\w-]+="?[\w+/=-]+"?; Path=\/; SameSite=Strict; HttpOnly$/i);
  expect(await backendsOf('cookie', { cookie: valueOf(cookie) })).toHaveLength(1);
  expect(await backendsOf('cookie', {})).toHaveLength(3);
});

test('the session survives a change of endpoints, and starts anew when its endpoint has gone', async () => {
  rig.pointAt('app', servers.slice(0, 3));
  await rig.serve('change', [rule({ cookie: { name: 'stay' } })]);
  const answer = await rig.send('change');
  const headers = { cookie: valueOf(cookieOf(answer)) };
  const { backend: own } = echo(answer);
  const kept = servers.filter(({ name }) => name === own);
  const others = servers.filter(({ name }) => name !== own);
  rig.pointAt('app', [...others.slice(1), ...kept]);
  await rig.settled();
  expect(await backendsOf('change', headers)).toEqual([own]);
  rig.pointAt('app', others);
  await rig.settled();
  const next = await rig.send('change', { headers });
  expect(echo(next).backend).not.toBe(own);
  const later = { cookie: valueOf(cookieOf(next)) };
  expect(await backendsOf('change', later)).toEqual([echo(next).backend]);
});

test('a lasting cookie has the lifetime and path of its rule', async () => {
  const cookie = { name: 'a', path: '/p', lifetimeType: 'Permanent' };
  await rig.serve('lasting', [rule({ cookie, absoluteTimeout: '5m' })]);
  expect(cookieOf(await rig.send('lasting', { path: '/p' }))).toMatch(
    /^a=.*; Max-Age=300; Path=\/p; SameSite=Strict; HttpOnly$/i,
  );
});

test('a header does it too', async () => {
  await rig.serve('header', [rule({ type: 'Header', header: { name: 'X-Session' } })]);
  const [value = ''] = (await rig.send('header')).headers.get('x-session') ?? [];
  expect(value).not.toBe('');
  expect(await backendsOf('header', { 'x-session': value })).toHaveLength(1);
});

test('a session does not choose the backend, and a forged one reaches no other endpoint', async () => {
  await rig.backend('other');
  const split = { backendRefs: [backend('app'), backend('other')] };
  await rig.serve('split', [rule({ cookie: { name: 'split' } }, split)]);
  const forged = Buffer.from(`\n\x0f127.0.0.1:${rig.xdsPort}`).toString('base64');
  for (const cookie of [valueOf(cookieOf(await rig.send('split'))), `split=${forged}`])
    expect((await backendsOf('split', { cookie })).includes('other')).toBe(true);
});

function cookieOf({ headers }: Answer): string {
  return headers.get('set-cookie')?.[0] ?? '';
}

function valueOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf(';'));
}

/** Names of the servers that answer thirty requests, sorted. */
async function backendsOf(name: string, headers: Record<string, string>): Promise<string[]> {
  const requests = Array.from({ length: 30 }, () => ({ headers }));
  return [...new Set((await rig.answers(name, requests)).map(String))].sort();
}
