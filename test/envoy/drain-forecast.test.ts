import { afterAll, beforeAll, expect, test } from 'vitest';
import { differenceOf } from '../../src/explain/difference/difference.ts';
import type { Drain } from '../../src/explain/difference/drains.ts';
import { outcomeOf } from '../../src/run/in-force/outcome.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

const listener = (port: number, name: string) => ({
  name,
  hostname: `${name}.test`,
  port,
  protocol: 'HTTPS',
  tls: { certificateRefs: [{ name: 'cert' }] },
});
const served = (...names: string[]) => m.gateway(names.map((name) => listener(rig.port, name)));

beforeAll(async () => {
  rig = await EnvoyRig.start({ listeners: ([port = 0]) => [listener(port, 'a')] });
  rig.apply([tlsSecret('cert', selfSigned(['a.test', 'b.test'])), served('a', 'b')]);
  await rig.settled();
});

afterAll(() => rig.close());

/** Applies an edit; returns what is foretold of the port's listener, and if Envoy exchanged its chains in place. */
async function edited(...manifests: readonly object[]): Promise<{ drain: Drain['kind']; inPlace: boolean }> {
  const updates = () => rig.envoy.stat('listener_manager.listener_in_place_updated');
  const count = await updates();
  const before = outcomeOf(rig.controller);
  rig.apply(manifests);
  await rig.settled();
  const [at] = differenceOf(before, outcomeOf(rig.controller), () => 1).gateways;
  const change = at?.resources.find(
    ({ type, name }) => type === 'listeners' && name === `default/web/${rig.port}`,
  );
  return { drain: change?.drain?.kind ?? 'none', inPlace: (await updates()) > count };
}

test('Envoy exchanges chains in place where a difference says so, and the whole listener where it says that', async () => {
  expect(await edited(served('a', 'b', 'c'))).toEqual({ drain: 'none', inPlace: true });
  expect(await edited(served('a', 'b'))).toEqual({ drain: 'chains', inPlace: true });
  const target = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web' };
  const policy = { targetRefs: [target], enableProxyProtocol: true };
  expect(await edited(m.policy('ClientTrafficPolicy', policy))).toEqual({ drain: 'all', inPlace: false });
});
