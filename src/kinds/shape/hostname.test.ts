import { expect, test } from 'vitest';
import { coveringHostnames, covers, intersects } from './hostname.ts';

test.each([
  ['*', 'a.example.com', true],
  ['a.example.com', 'a.example.com', true],
  ['a.example.com', 'b.example.com', false],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'notexample.com', false],
  ['*.example.com', '*.b.example.com', true],
  ['*.example.com', '*.com', false],
  ['*.example.com', '*', false],
  ['a.example.com', '*.example.com', false],
])('%s covers %s: %s', (pattern, hostname, expected) => {
  expect(covers(pattern, hostname)).toBe(expected);
});

test.each([
  ['test.example.com', 'test.example.com', true],
  ['test.example.com', '*.example.com', true],
  ['test.example.com', 'example.com', false],
  ['*.example.com', 'test.example.com', true],
  ['*.example.com', 'foo.test.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'test.example.net', false],
  ['*.example.com', '*.foo.example.com', true],
])('listener %s and route %s have a name in common: %s', (listener, route, expected) => {
  expect(intersects(listener, route)).toBe(expected);
  expect(intersects(route, listener)).toBe(expected);
});

test('the hostnames that cover a name come most specific first', () => {
  expect(coveringHostnames('a.b.com')).toEqual(['*.b.com', '*.com', '*']);
  expect(coveringHostnames('*.b.com')).toEqual(['*.com', '*']);
  expect(coveringHostnames('localhost')).toEqual(['*']);
  expect(coveringHostnames('*')).toEqual([]);
  for (const hostname of coveringHostnames('a.b.com')) expect(covers(hostname, 'a.b.com')).toBe(true);
});
