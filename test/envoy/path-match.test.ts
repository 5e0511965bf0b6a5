import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b', 'c']) await rig.backend(name);
});

afterAll(() => rig.close());

function rule(type: string, value: string, to: string): object {
  return { matches: [{ path: { type, value } }], backendRefs: [backend(to)] };
}

test('an exact path matches itself and nothing else', async () => {
  await rig.serve('exact', [rule('Exact', '/one', 'a'), rule('Exact', '/slash/', 'b')]);
  expect(await rig.answers('exact', ['/one', '/one?x=1', '/one/', '/one/two', '/ONE', '/on'])).toEqual([
    'a',
    'a',
    404,
    404,
    404,
    404,
  ]);
  expect(await rig.answers('exact', ['/slash/', '/slash'])).toEqual(['b', 404]);
});

test('a prefix matches whole path segments only', async () => {
  await rig.serve('prefix', [rule('PathPrefix', '/foo', 'a')]);
  const paths = ['/foo', '/foo/', '/foo/bar', '/foo?x', '/foobar', '/fo', '/', '/Foo'];
  expect(await rig.answers('prefix', paths)).toEqual(['a', 'a', 'a', 'a', 404, 404, 404, 404]);
});

test('a trailing slash of a prefix means nothing', async () => {
  await rig.serve('trailing', [rule('PathPrefix', '/foo/', 'a')]);
  expect(await rig.answers('trailing', ['/foo', '/foo/', '/foo/bar', '/foobar'])).toEqual([
    'a',
    'a',
    'a',
    404,
  ]);
});

test('the prefix / matches every path', async () => {
  await rig.serve('root', [rule('PathPrefix', '/', 'a')]);
  expect(await rig.answers('root', ['/', '/x', '/x/y?z=1', '/%41', '/x%20y'])).toEqual([
    'a',
    'a',
    'a',
    'a',
    'a',
  ]);
});

test('a rule without matches matches every path', async () => {
  await rig.serve('bare', [{ backendRefs: [backend('b')] }]);
  expect(await rig.answers('bare', ['/', '/anything'])).toEqual(['b', 'b']);
});

test('a regular expression matches the whole path without its query', async () => {
  await rig.serve('regex', [rule('RegularExpression', '/item/[0-9]+', 'a')]);
  const paths = ['/item/12', '/item/12?q=a', '/item/12/', '/item/x', '/x/item/12'];
  expect(await rig.answers('regex', paths)).toEqual(['a', 'a', 404, 404, 404]);
});

test('the longest of several prefixes decides, whatever the order of the rules', async () => {
  await rig.serve('longest', [
    rule('PathPrefix', '/', 'a'),
    rule('PathPrefix', '/v2', 'b'),
    rule('PathPrefix', '/v2/api', 'c'),
  ]);
  expect(await rig.answers('longest', ['/v1', '/v2', '/v2/x', '/v2/api', '/v2/api/y', '/v2/apiary'])).toEqual(
    ['a', 'b', 'b', 'c', 'c', 'b'],
  );
});

test('an exact path goes before a prefix, and both answer their own', async () => {
  await rig.serve('mixed', [rule('PathPrefix', '/match', 'a'), rule('Exact', '/match', 'b')]);
  expect(await rig.answers('mixed', ['/match', '/match/', '/match/x'])).toEqual(['b', 'a', 'a']);
});

test('characters that mean something to expressions are plain in exact paths and prefixes', async () => {
  await rig.serve('literal', [rule('PathPrefix', '/a.b+(c)', 'a'), rule('Exact', '/x*$', 'b')]);
  expect(await rig.answers('literal', ['/a.b+(c)/d', '/aXb+(c)', '/x*$', '/xxx'])).toEqual([
    'a',
    404,
    'b',
    404,
  ]);
});

test('a percent-encoded path is matched as it stands', async () => {
  await rig.serve('encoded', [rule('Exact', '/a%20b', 'a')]);
  expect(await rig.answers('encoded', ['/a%20b', '/a+b'])).toEqual(['a', 404]);
});
