import { expect, test } from 'vitest';
import { translateSession } from './session.ts';

const cookie = { path: '/', lifetimeType: 'Session' } as const;

test('a cookie without a name has one of its rule, the same each time', () => {
  expect(nameFor('a')).toBe(nameFor('a'));
  expect(nameFor('a')).not.toBe(nameFor('b'));
  expect(nameFor('a')).toMatch(/^session-[\w-]{22}$/);
});

test('a cookie is secure at a secure listener, and lasts only when it is permanent', () => {
  const absoluteTimeout = 5000;
  const lasting = { ...cookie, name: 'a', lifetimeType: 'Permanent' } as const;
  expect(translateSession({ type: 'Cookie', cookie: lasting, absoluteTimeout }, 'a', true)).toEqual({
    kind: 'cookie',
    name: 'a',
    path: '/',
    lifetimeMs: 5000,
    isSecure: true,
  });
  expect(translateSession({ type: 'Cookie', cookie, absoluteTimeout }, 'a', false)).toMatchObject({
    lifetimeMs: undefined,
    isSecure: false,
  });
});

function nameFor(rule: string): string {
  return translateSession({ type: 'Cookie', cookie }, rule, false).name;
}
