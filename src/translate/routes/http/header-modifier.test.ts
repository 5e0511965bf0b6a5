import { expect, test } from 'vitest';
import { headersInTurn, translateHeaderModifier } from './header-modifier.ts';
import type { RouteProblem } from '../problem.ts';

test('names are compared without case, and the first of a name counts', () => {
  const problems: RouteProblem[] = [];
  const filter = { set: [header('X-A', '1'), header('x-a', '2')], add: [], remove: ['X-B', 'x-b'] };
  expect(translateHeaderModifier(filter, 'f', problems)).toEqual({
    set: [{ name: 'x-a', value: '1' }],
    add: [],
    remove: ['x-b'],
  });
  expect(problems).toEqual([]);
});

test('what Envoy refuses the whole configuration for is refused here, by field', () => {
  const problems: RouteProblem[] = [];
  translateHeaderModifier(
    {
      set: [header('Host', 'x'), header('a', 'b\r\nc: d')],
      add: [header(':path', '/'), header('n', 'a\0b')],
      remove: [':authority', 'HOST', 'with space', 'ok'],
    },
    'f',
    problems,
  );
  expect(problems.map((problem) => [problem.path, problem.reason])).toEqual([
    ['f.set[0].name', 'UnsupportedValue'],
    ['f.set[1].value', 'UnsupportedValue'],
    ['f.add[0].name', 'UnsupportedValue'],
    ['f.add[1].value', 'UnsupportedValue'],
    ['f.remove[0]', 'UnsupportedValue'],
    ['f.remove[1]', 'UnsupportedValue'],
    ['f.remove[2]', 'UnsupportedValue'],
  ]);
});

test('of two modifiers in turn, the second one has the last word', () => {
  const first = {
    set: [header('a', '1'), header('b', '1')],
    add: [header('c', '1'), header('d', '1')],
    remove: ['x'],
  };
  const second = { set: [header('a', '2'), header('c', '2')], add: [header('d', '2')], remove: ['b', 'x'] };
  expect(headersInTurn(first, second)).toEqual({
    set: [header('a', '2'), header('c', '2')],
    add: [header('d', '1'), header('d', '2')],
    remove: ['x', 'b'],
  });
});

function header(name: string, value: string) {
  return { name, value };
}
