import { expect, test } from 'vitest';
import type { PathMatchIR } from '../ir.ts';
import { pathRewrite, wholePath, type PathRewrite } from './path-rewrite.ts';

test.each([
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/foo/bar', '/foo', '/', '/bar'],
  ['/foo/bar', '/foo', 'xyz', '/xyz/bar'],
  ['/bar', '/', '/xyz', '/xyz/bar'],
  ['/bar', '/', '/xyz/', '/xyz/bar'],
  ['/', '/', '/xyz', '/xyz/'],
  ['/bar', '/', '/', '/bar'],
  ['/f.o/bar', '/f.o', '/', '/bar'],
  ['/a+b(c)/d', '/a+b(c)', '', '/d'],
])('%s with prefix %s replaced by %j becomes %s', (path, prefix, value, expected) => {
  expect(asEnvoyDoes(path, prefix, pathRewrite({ kind: 'prefix', value }, prefixMatch(prefix)))).toBe(
    expected,
  );
});

test('a full path replaces all of it, as literal text', () => {
  const rewrite = pathRewrite({ kind: 'full', value: '/a\\1' }, prefixMatch('/x'));
  expect(rewrite).toEqual({ kind: 'full', path: '/a\\1' });
  expect(wholePath('/a\\1')).toEqual({ pattern: { regex: '^/.*$' }, substitution: '/a\\\\1' });
  expect(pathRewrite({ kind: 'full', value: 'a' }, prefixMatch('/x'))).toEqual({ kind: 'full', path: '/a' });
});

function prefixMatch(value: string): PathMatchIR {
  return { kind: 'PathPrefix', value };
}

function asEnvoyDoes(path: string, prefix: string, rewrite: PathRewrite): string {
  switch (rewrite.kind) {
    case 'none':
      return path;
    case 'full':
      return rewrite.path;
    case 'prefix':
      return rewrite.prefix + path.slice(prefix.length);
    case 'regex': {
      const { pattern, substitution = '' } = rewrite.regex;
      return path.replace(new RegExp(pattern?.regex ?? ''), substitution);
    }
  }
}
