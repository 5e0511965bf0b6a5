import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('a');
});

afterAll(() => rig.close());

function rule(urlRewrite: object, match: object = { type: 'PathPrefix', value: '/' }): object {
  return {
    matches: [{ path: match }],
    filters: [{ type: 'URLRewrite', urlRewrite }],
    backendRefs: [backend('a')],
  };
}

test('a hostname is rewritten, and the path stays', async () => {
  await rig.serve('host', [rule({ hostname: 'inner.example' })]);
  expect(await rig.echo('host', { path: '/a?b=c' })).toMatchObject({ host: 'inner.example', path: '/a?b=c' });
});

test('without a hostname the backend gets the Host header of the client', async () => {
  await rig.serve('keep', [rule({ path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } })]);
  expect(await rig.echo('keep', { host: 'keep.test:81' })).toMatchObject({
    host: 'keep.test:81',
    path: '/x',
  });
});

test('a full path replaces the path and keeps the query', async () => {
  await rig.serve('full', [rule({ path: { type: 'ReplaceFullPath', replaceFullPath: '/one/two' } })]);
  expect((await rig.echo('full', { path: '/a/b?q=1&r=%20' })).path).toBe('/one/two?q=1&r=%20');
  expect((await rig.echo('full', { path: '/' })).path).toBe('/one/two');
});

test('a full path replaces what an exact path or an expression matched', async () => {
  const modifier = { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } };
  await rig.serve('kinds', [
    rule(modifier, { type: 'Exact', value: '/exact' }),
    rule(modifier, { type: 'RegularExpression', value: '/re+' }),
  ]);
  expect((await rig.echo('kinds', { path: '/exact?x' })).path).toBe('/new?x');
  expect((await rig.echo('kinds', { path: '/reee' })).path).toBe('/new');
});

test('what an expression would expand is literal in a replacement', async () => {
  for (const [i, value] of ['/a\\1b', '/$0', '/%20', '/\\0'].entries()) {
    await rig.serve(`literal-${i}`, [rule({ path: { type: 'ReplaceFullPath', replaceFullPath: value } })]);
    expect((await rig.echo(`literal-${i}`, { path: '/x' })).path).toBe(value);
  }
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
    ['/foo', '/xyz', '/foo?q=1', '/xyz?q=1'],
    ['/foo', '', '/foo/bar', '/bar'],
    ['/foo/', '', '/foo/bar', '/bar'],
    ['/foo', '', '/foo/', '/'],
    ['/foo', '', '/foo', '/'],
    ['/foo', '', '/foo?q=1', '/?q=1'],
    ['/foo', '/', '/foo/bar?q=1', '/bar?q=1'],
    ['/foo', '/', '/foo/', '/'],
    ['/foo', '/', '/foo', '/'],
    ['/', '/xyz', '/foo', '/xyz/foo'],
    ['/', '/', '/foo', '/foo'],
    ['/', '', '/foo', '/foo'],
    ['/a.b', '/x', '/a.b/c', '/x/c'],
    ['/a+(b)', '', '/a+(b)/c', '/c'],
  ] as const;
  for (const [i, [value, replacePrefixMatch, path, wanted]] of table.entries()) {
    const modifier = { type: 'ReplacePrefixMatch', replacePrefixMatch };
    await rig.serve(`prefix-${i}`, [rule({ path: modifier }, { type: 'PathPrefix', value })]);
    const found = await rig.echo(`prefix-${i}`, { path });
    expect([value, replacePrefixMatch, path, found.path]).toEqual([value, replacePrefixMatch, path, wanted]);
  }
});

test('hostname and path are rewritten together with headers', async () => {
  await rig.serve('all', [
    {
      matches: [{ path: { type: 'PathPrefix', value: '/one' } }],
      filters: [
        {
          type: 'URLRewrite',
          urlRewrite: {
            hostname: 'inner.example',
            path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/two' },
          },
        },
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-set', value: '1' }] } },
      ],
      backendRefs: [backend('a')],
    },
  ]);
  const found = await rig.echo('all', { path: '/one/x' });
  expect([found.host, found.path, found.headers['x-set']]).toEqual(['inner.example', '/two/x', ['1']]);
});
