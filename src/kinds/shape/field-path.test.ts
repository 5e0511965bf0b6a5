import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldPath, fieldPathSegments } from './field-path.ts';

test('a field path is written as kubectl writes it', () => {
  expect(fieldPath(['spec', 'rules', 0, 'matches', 1, 'path'])).toBe('spec.rules[0].matches[1].path');
  expect(fieldPath(['data', 'tls.crt'])).toBe('data["tls.crt"]');
});

test('a field path can be taken apart again, whatever its names', () => {
  const segments = fc.array(fc.oneof(fc.string(), fc.nat(), fc.constantFrom('__proto__', 'a.b', '"', ']')));
  fc.assert(
    fc.property(segments, (path) => {
      expect(fieldPathSegments(fieldPath(path))).toEqual(path);
    }),
  );
});

test('a path that is none ends where it cannot be read, and throws nothing', () => {
  for (const quoted of ['\\x', '\n', '\\u12']) {
    expect(fieldPathSegments(`spec["${quoted}"].a`)).toEqual(['spec']);
  }
});
