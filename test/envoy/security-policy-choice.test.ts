import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { backend, extensionPolicy, policy } from '../rig/objects/manifests.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

/*
 * Envoy 1.40 runs no filters that only the new route turns on, when a script has it choose another route. So
 * Sluice warns. A test that fails here says that Envoy has become safer.
 */

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  rig.apply([
    secret('users', { '.htpasswd': `ann:{SHA}${createHash('sha1').update('a').digest('base64')}` }),
    secret('keys', { ann: 'a-1' }),
  ]);
});

afterAll(() => rig.close());

const keySet = new TokenIssuer('https://ann.test').keySet;
const parts: readonly [string, object, number][] = [
  ['basicAuth', { users: { name: 'users' } }, 401],
  ['apiKeyAuth', { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] }, 401],
  ['jwt', { providers: [{ name: 'p', localJWKS: { inline: keySet } }] }, 401],
  ['extAuth', { grpc: { backendRefs: [backend('app')] } }, 403],
  ['authorization', {}, 403],
];

test.each(parts)(
  '%s of a route is skipped when a script leads there, and the script’s policy warns',
  async (part, spec, refusal) => {
    const name = part.toLowerCase();
    const inline = "function envoy_on_request(h) h:headers():replace('x-to', 'b') h:clearRouteCache() end";
    rig.apply([
      policy(
        'SecurityPolicy',
        { targetRefs: [{ kind: 'HTTPRoute', name, sectionName: 'b' }], [part]: spec },
        { name },
      ),
      extensionPolicy(
        { targetRefs: [{ kind: 'HTTPRoute', name, sectionName: 'a' }], lua: [{ type: 'Inline', inline }] },
        { name },
      ),
    ]);
    const toB = { headers: [{ name: 'x-to', value: 'b' }] };
    await rig.serve(name, [
      { name: 'b', matches: [toB], backendRefs: [backend('app')] },
      { name: 'a', backendRefs: [backend('app')] },
    ]);
    expect(await rig.answers(name, [{ headers: { 'x-to': 'b' } }, '/'])).toEqual([refusal, 'app']);
    expect(rig.condition('EnvoyExtensionPolicy', name, 'Warning')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('spec.lua[0]') as string,
    });
  },
);
