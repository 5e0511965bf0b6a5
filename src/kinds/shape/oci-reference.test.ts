import { expect, test } from 'vitest';
import { parseOciReference } from './oci-reference.ts';

const digest = 'a'.repeat(64);

test.each([
  ['plugin', 'registry-1.docker.io', 'library/plugin', 'latest'],
  ['team/plugin:v1', 'registry-1.docker.io', 'team/plugin', 'v1'],
  ['docker.io/plugin', 'registry-1.docker.io', 'library/plugin', 'latest'],
  ['ghcr.io/team/sub/plugin:V1.2_x', 'ghcr.io', 'team/sub/plugin', 'V1.2_x'],
  ['oci://Registry.Example:5000/p', 'registry.example:5000', 'p', 'latest'],
  ['localhost/p:1', 'localhost', 'p', '1'],
  ['127.0.0.1:5000/p:1', '127.0.0.1:5000', 'p', '1'],
  ['[fd00::1]:5000/p', '[fd00::1]:5000', 'p', 'latest'],
  [`r.test/p@sha256:${digest}`, 'r.test', 'p', `sha256:${digest}`],
  [`r.test/p:tag@sha256:${digest}`, 'r.test', 'p', `sha256:${digest}`],
  ['localhost:5000', 'registry-1.docker.io', 'library/localhost', '5000'],
])('%s is found as container tools find it', (url, registry, repository, reference) => {
  expect(parseOciReference(url)).toEqual({
    registry,
    repository,
    reference,
    digest: reference.startsWith('sha256:') ? digest : undefined,
  });
});

test.each([
  '',
  ':tag',
  'UPPER',
  'r.test/',
  'r.test//p',
  'r.test/p:',
  'r.test/p:-tag',
  'r.test/../p',
  'r.test/p?x=1',
  'r.test/p#x',
  'r.test/p@sha256:abc',
  `r.test/p@sha512:${'a'.repeat(128)}`,
  'user:password@r.test/p',
  'https://r.test/p',
  'r.test:port/p',
  'r.test:99999/p',
  '[::1/p',
  'r.test/p\n',
  'r .test/p',
  'r.test/__proto__',
  `r.test/${'a/'.repeat(200)}a`,
  'a'.repeat(5000),
])('%j is no image', (url) => {
  expect(parseOciReference(url)).toBeUndefined();
});
