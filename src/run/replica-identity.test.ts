import { expect, test } from 'vitest';
import { replicaIdentity } from './replica-identity.ts';

const uid = '0e6c2f0e-3f55-4d0b-8a5e-1b1a3c0f9f11';

test('a replica in a pod is known by the name and UID of the pod, whatever its host is called', () => {
  expect(replicaIdentity({ POD_NAME: 'sluice-5d9c-x2x', POD_UID: uid, HOSTNAME: 'node-1' })).toEqual({
    name: 'sluice-5d9c-x2x',
    pod: { name: 'sluice-5d9c-x2x', uid },
  });
});

test.each([{}, { POD_NAME: 'sluice-0' }, { POD_UID: uid }, { POD_NAME: 'Not a name', POD_UID: uid }])(
  'two processes of one machine without a pod have names of their own: %o',
  (env) => {
    const [one, other] = [replicaIdentity(env), replicaIdentity(env)];
    expect(one.pod).toBeUndefined();
    expect(one.name).not.toBe(other.name);
    expect(one.name).toMatch(/^[a-z0-9]+$/);
  },
);

test('the longest name of a pod makes a name that fits into those of objects, and the same each time', () => {
  const env = { POD_NAME: Array.from({ length: 4 }, () => 'a'.repeat(62)).join('.'), POD_UID: uid };
  expect(replicaIdentity(env).name).toMatch(/^[a-z0-9]{1,200}$/);
  expect(replicaIdentity(env)).toEqual(replicaIdentity(env));
  expect(replicaIdentity(env).name).not.toBe(replicaIdentity({ ...env, POD_NAME: `${env.POD_NAME}b` }).name);
});
