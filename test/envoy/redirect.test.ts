import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpRoute } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
});

afterAll(() => rig.close());

function rule(requestRedirect: object, match: object = { type: 'PathPrefix', value: '/' }): object {
  return { matches: [{ path: match }], filters: [{ type: 'RequestRedirect', requestRedirect }] };
}

async function location(name: string, path = '/some/path?q=1', host?: string): Promise<string | undefined> {
  const answer = await rig.send(name, { path, ...(host === undefined ? {} : { host }) });
  expect(answer.status).toBe(302);
  return answer.headers.get('location')?.[0];
}

test('a redirect has each of the status codes', async () => {
  for (const statusCode of [301, 302, 303, 307, 308]) {
    await rig.serve(`code-${statusCode}`, [rule({ hostname: 'other.test', statusCode })]);
    expect((await rig.send(`code-${statusCode}`)).status).toBe(statusCode);
  }
});

test('a hostname alone keeps scheme, path and query, and goes to the port of the listener', async () => {
  await rig.serve('hostname', [rule({ hostname: 'other.test' })]);
  expect(await location('hostname')).toBe(`http://other.test:${rig.port}/some/path?q=1`);
});

test('a scheme goes to the port of that scheme, which the Location does not name', async () => {
  await rig.serve('scheme-https', [rule({ scheme: 'https' })]);
  await rig.serve('scheme-http', [rule({ scheme: 'http' })]);
  expect(await location('scheme-https')).toBe('https://scheme-https.test/some/path?q=1');
  expect(await location('scheme-http')).toBe('http://scheme-http.test/some/path?q=1');
});

test('a port of the Host header does not come back in the Location of another scheme', async () => {
  await rig.serve('ported', [rule({ scheme: 'https' })]);
  expect(await location('ported', '/', `ported.test:${rig.port}`)).toBe('https://ported.test/');
});

test("a port is named unless it is the scheme's own", async () => {
  await rig.serve('port', [rule({ port: 8443 })]);
  await rig.serve('port-80', [rule({ port: 80 })]);
  await rig.serve('port-443', [rule({ port: 443, scheme: 'https' })]);
  await rig.serve('port-http-443', [rule({ port: 443, scheme: 'http' })]);
  await rig.serve('port-https-80', [rule({ port: 80, scheme: 'https' })]);
  await rig.serve('port-https', [rule({ port: 8443, scheme: 'https', hostname: 'other.test' })]);
  const from = `:${rig.port}`;
  expect(await location('port', '/', `port.test${from}`)).toBe('http://port.test:8443/');
  expect(await location('port-80', '/', `port-80.test${from}`)).toBe('http://port-80.test/');
  expect(await location('port-443', '/', `port-443.test${from}`)).toBe('https://port-443.test/');
  expect(await location('port-http-443', '/')).toBe('http://port-http-443.test:443/');
  expect(await location('port-https-80', '/')).toBe('https://port-https-80.test:80/');
  expect(await location('port-https', '/')).toBe('https://other.test:8443/');
});

test('a full path replaces the path and keeps the query', async () => {
  await rig.serve('full', [rule({ path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } })]);
  expect(await location('full', '/a/b?q=1')).toBe(`http://full.test:${rig.port}/new?q=1`);
  expect(await location('full', '/')).toBe(`http://full.test:${rig.port}/new`);
});

/** https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier */
test('a prefix is replaced as the table of the specification says', async () => {
  const table = [
    ['/foo', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo', '/xyz/', '/foo/bar', '/xyz/bar'],
    ['/foo/', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo/', '/xyz/', '/foo/bar', '/xyz/bar'],
    ['/foo', '/xyz', '/foo', '/xyz'],
    ['/foo', '/xyz', '/foo/', '/xyz/'],
    ['/foo', '', '/foo/bar', '/bar'],
    ['/foo/', '', '/foo/bar', '/bar'],
    ['/foo', '', '/foo/', '/'],
    ['/foo', '', '/foo', '/'],
    ['/foo', '/', '/foo/', '/'],
    ['/foo', '/', '/foo', '/'],
    ['/', '/xyz', '/foo', '/xyz/foo'],
  ] as const;
  for (const [i, [value, replacePrefixMatch, path, wanted]] of table.entries()) {
    const modifier = { type: 'ReplacePrefixMatch', replacePrefixMatch };
    await rig.serve(`prefix-${i}`, [rule({ path: modifier }, { type: 'PathPrefix', value })]);
    const found = await location(`prefix-${i}`, path);
    expect([value, replacePrefixMatch, path, found]).toEqual([
      value,
      replacePrefixMatch,
      path,
      `http://prefix-${i}.test:${rig.port}${wanted}`,
    ]);
  }
});

test('scheme, hostname, port and path together', async () => {
  await rig.serve('all', [
    rule(
      {
        scheme: 'https',
        hostname: 'other.test',
        port: 9443,
        statusCode: 302,
        path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/two' },
      },
      { type: 'PathPrefix', value: '/one' },
    ),
  ]);
  expect(await location('all', '/one/x?q=1')).toBe('https://other.test:9443/two/x?q=1');
});

test('a percent sign in a replacement is literal', async () => {
  await rig.serve('percent', [rule({ path: { type: 'ReplaceFullPath', replaceFullPath: '/a%20b' } })]);
  expect(await location('percent', '/x')).toBe(`http://percent.test:${rig.port}/a%20b`);
});

test('a hostname that is only known from the Host header loses the port that stands there', async () => {
  rig.apply([httpRoute([rule({ scheme: 'https' })], { name: 'wild', hostnames: ['*.wild.test'] })]);
  await rig.settled();
  expect(await location('x.wild.test', '/a')).toBe('https://x.wild.test/a');
  // The specification leaves out this port, too, which Envoy cannot; the meaning is the same.
  expect(await location('x.wild.test', '/a', `x.wild.test:${rig.port}`)).toBe('https://x.wild.test:443/a');
});
