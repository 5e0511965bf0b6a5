import { expect, test } from 'vitest';
import type { HTTPRouteMatch } from '../../../kinds/gateway-api/http-route.ts';
import { translateMatch } from './match.ts';

test.each([
  ['/', '/'],
  ['/foo', '/foo'],
  ['/foo/', '/foo'],
  ['/foo//', '/foo'],
])('the prefix %s is matched as %s', (path, expected) => {
  const result = translateMatch(match({ path: { type: 'PathPrefix', value: path } }), 'm', 'ns');
  expect(result).toMatchObject({ kind: 'match', match: { path: { kind: 'PathPrefix', value: expected } } });
});

test('an exact path keeps its trailing slash', () => {
  const result = translateMatch(match({ path: { type: 'Exact', value: '/foo/' } }), 'm', 'ns');
  expect(result).toMatchObject({ match: { path: { kind: 'Exact', value: '/foo/' } } });
});

test('of several headers of one name in any case, the first counts; of query parameters, names are exact', () => {
  const result = translateMatch(
    match({
      headers: [value('X-A', '1'), value('x-a', '2')],
      queryParams: [value('q', '1'), value('Q', '2'), value('q', '3')],
    }),
    'm',
    'ns',
  );
  expect(result).toMatchObject({
    match: {
      headers: [{ name: 'x-a', value: '1' }],
      queryParams: [
        { name: 'q', value: '1' },
        { name: 'Q', value: '2' },
      ],
    },
  });
});

test('headers and query parameters may be called like parts of an object', () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const result = translateMatch(match({ headers: names.map((name) => value(name, 'x')) }), 'm', 'ns');
  expect(result).toMatchObject({
    match: { headers: [{ name: '__proto__' }, { name: 'constructor' }, { name: 'tostring' }] },
  });
});

test('every value that Envoy would refuse is named by its path', () => {
  const result = translateMatch(
    match({
      path: { type: 'RegularExpression', value: '/(?=a)' },
      headers: [value('a', 'x'), { ...value('b', '['), type: 'RegularExpression' }],
      queryParams: [{ ...value('c', '(?<!x)'), type: 'RegularExpression' }, value('d', 'x\ny')],
    }),
    'rules[0].matches[1]',
    'ns',
  );
  expect(result.kind === 'invalid' && result.problems.map((problem) => problem.path)).toEqual([
    'rules[0].matches[1].path.value',
    'rules[0].matches[1].headers[1].value',
    'rules[0].matches[1].queryParams[0].value',
    'rules[0].matches[1].queryParams[1].value',
  ]);
});

test.each(['/a?b', '/a#b', 'a', '', '/a\r'])('the path %j is refused', (path) => {
  expect(translateMatch(match({ path: { type: 'PathPrefix', value: path } }), 'm', 'ns').kind).toBe(
    'invalid',
  );
});

function match(fields: Partial<HTTPRouteMatch>): HTTPRouteMatch {
  return { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], ...fields };
}

function value(name: string, text: string) {
  return { type: 'Exact', name, value: text } as const;
}
