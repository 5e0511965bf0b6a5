import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseObject } from '../../src/kinds/door.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { backend, gateway, httpListener, httpRoute } from '../rig/objects/manifests.ts';
import { arbitraryExpression, arbitraryRules } from './arbitrary-route.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 3 });
  await rig.backend('a');
  await rig.backend('b', { protocol: 'h2c', port: { appProtocol: 'kubernetes.io/h2c' } });
  rig.apply([tlsSecret('pair', selfSigned(['pair.test']))]);
  await rig.serve('steady', [toService('a')]);
});

afterAll(() => rig.close());

const seed = Number(process.env['CORPUS_SEED'] ?? 1);
const scale = Number(process.env['CORPUS_SCALE'] ?? 1);

function parameters(numRuns: number): fc.Parameters<unknown> {
  return { numRuns: numRuns * scale, seed, maxSkipsPerRun: 1000 };
}

/** Envoy must accept all of it, and serve an unrelated route. */
async function expectTaken(...manifests: readonly object[]): Promise<void> {
  const before = await rig.rejected();
  rig.apply(manifests);
  await converge(async () => {
    if ((await rig.rejected()) === before) expect(rig.missing).toEqual([]);
  });
  expect(await rig.rejected()).toBe(before);
  expect(await rig.answers('steady', ['/'])).toEqual(['a']);
}

test('whatever route the door lets in, Envoy takes it, and other routes never notice', async () => {
  const property = fc.asyncProperty(arbitraryRules(['a', 'b', 'missing']), async (rules) => {
    const route = routeOf('corpus', rules);
    fc.pre(parseObject(route).kind === 'row');
    await expectTaken(route);
  });
  await fc.assert(property, parameters(150));
});

test('whatever expression translation takes, Envoy takes', async () => {
  const batch = fc.array(arbitraryExpression, { minLength: 10, maxLength: 10 });
  const property = fc.asyncProperty(batch, async (expressions) => {
    // A rule for each, as a rule is refused whole.
    const rules = expressions.map((value, i) => ({
      matches: [
        [{ path: { type: 'RegularExpression', value } }],
        [{ headers: [{ type: 'RegularExpression', name: 'x-h', value }] }],
        [{ queryParams: [{ type: 'RegularExpression', name: 'q', value }] }],
      ][i % 3],
      backendRefs: [backend('a')],
    }));
    const route = routeOf('expressions', rules);
    fc.pre(parseObject(route).kind === 'row');
    await expectTaken(route);
  });
  await fc.assert(property, parameters(60));
});

test('whatever listeners a Gateway has, Envoy takes them', async () => {
  const hostname = fc.constantFrom(undefined, 'a.test', '*.test', 'b.a.test', '*.a.test', '*.b.a.test');
  const listener = fc.record({
    port: fc.constantFrom(...rig.ports.slice(1)),
    protocol: fc.constantFrom('HTTP', 'HTTPS', 'HTTPS', 'TCP'),
    hostname,
    secret: fc.constantFrom('pair', 'pair', 'missing'),
  });
  const listeners = fc.array(listener, { maxLength: 6 });
  const hostnames = fc.uniqueArray(fc.constantFrom('a.test', '*.test', 'c.a.test', '*.a.test', 'x.example'), {
    maxLength: 4,
  });
  const property = fc.asyncProperty(listeners, hostnames, hostnames, async (wanted, some, others) => {
    const manifest = gateway([
      httpListener({ port: rig.port }),
      ...wanted.map(({ secret, ...fields }, i) => ({
        ...fields,
        name: `l${i}`,
        ...(fields.protocol === 'HTTPS' ? { tls: { certificateRefs: [{ name: secret }] } } : {}),
      })),
    ]);
    fc.pre(parseObject(manifest).kind === 'row');
    await expectTaken(
      manifest,
      httpRoute([toService('a')], { name: 'some', hostnames: some }),
      httpRoute([toService('b')], { name: 'others', hostnames: [...others, hostOf('corpus')] }),
    );
  });
  await fc.assert(property, parameters(80));
});
