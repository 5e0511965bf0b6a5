import { expect, test } from 'vitest';
import { externalAuth } from './external-auth.ts';

const backendRef = { name: 'auth', port: 80 };

test.each<[string, object, string]>([
  ['no protocol', { backendRef }, 'protocol'],
  ['no backend', { protocol: 'HTTP' }, 'backendRef'],
  ['the part of gRPC', { protocol: 'HTTP', backendRef, grpc: {} }, 'grpc'],
  ['the part of HTTP', { protocol: 'GRPC', backendRef, http: {} }, 'http'],
  ['a path without /', { protocol: 'HTTP', backendRef, http: { path: 'auth' } }, 'http.path'],
  ['a path that leads out', { protocol: 'HTTP', backendRef, http: { path: '/a/../b' } }, 'http.path'],
  ['a path that is encoded', { protocol: 'HTTP', backendRef, http: { path: '/a%2F..' } }, 'http.path'],
  ['a query', { protocol: 'HTTP', backendRef, http: { path: '/a?b' } }, 'http.path'],
  ['a negative size', { protocol: 'HTTP', backendRef, forwardBody: { maxSize: -1 } }, 'forwardBody.maxSize'],
  [
    'a header twice',
    { protocol: 'GRPC', backendRef, grpc: { allowedHeaders: ['a', 'a'] } },
    'grpc.allowedHeaders.1',
  ],
])('%s cannot be read', (_, given, path) => {
  const { error } = externalAuth.safeParse(given);
  expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test('an empty path is none', () => {
  expect(externalAuth.parse({ protocol: 'HTTP', backendRef, http: { path: '' } }).http?.path).toBe('');
});
