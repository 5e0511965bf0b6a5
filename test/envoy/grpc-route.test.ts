import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, grpcRoute } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { GrpcBackend, GrpcCaller } from '../rig/envoy/grpc-backend.ts';

let rig: EnvoyRig;
const backends = ['one', 'two'].map((name) => new GrpcBackend(name));
const callers: GrpcCaller[] = [];

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const server of backends) rig.apply((await server.start()).objects());
});

afterAll(async () => {
  for (const caller of callers) caller.close();
  for (const server of backends) server.close();
  await rig.close();
});

/** Its hostname is `<name>.test`. */
async function serve(name: string, rules: readonly object[]): Promise<GrpcCaller> {
  rig.apply([grpcRoute(rules, { name, hostnames: [`${name}.test`] })]);
  await rig.settled();
  const caller = new GrpcCaller(rig.port, `${name}.test`);
  callers.push(caller);
  return caller;
}

const to = (name: string, method?: object, more: object = {}): object => ({
  ...(method === undefined ? {} : { matches: [{ method, ...more }] }),
  backendRefs: [backend(name)],
});

test('a call goes by service and method, and one that no rule takes is UNIMPLEMENTED', async () => {
  const caller = await serve('methods', [
    to('one', { service: 'shop.Cart' }),
    to('two', { service: 'shop.Cart', method: 'Add' }),
  ]);
  expect(await caller.call('/shop.Cart/Get')).toMatchObject({ backend: 'one', method: 'Get' });
  expect(await caller.call('/shop.Cart/Add')).toMatchObject({ backend: 'two', method: 'Add' });
  expect(await caller.call('/shop.Stock/Add')).toBe('UNIMPLEMENTED');
});

test('a method without a service, and regular expressions, match whole names', async () => {
  const caller = await serve('names', [
    to('one', { method: 'Add' }),
    to('two', { type: 'RegularExpression', service: 'shop\\.Car|shop\\.St.*' }),
  ]);
  expect(await caller.call('/shop.Cart/Add')).toMatchObject({ backend: 'one' });
  expect(await caller.call('/shop.Cart/Get')).toBe('UNIMPLEMENTED');
  expect(await caller.call('/shop.Stock/Get')).toMatchObject({ backend: 'two' });
});

test('metadata chooses a rule, and filters change it', async () => {
  const filters = [
    { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-by', value: 'sluice' }] } },
  ];
  const caller = await serve('metadata', [
    { ...to('two', { service: 'shop.Cart' }, { headers: [{ name: 'env', value: 'canary' }] }), filters },
    to('one', { service: 'shop.Cart' }),
  ]);
  expect(await caller.call('/shop.Cart/Get')).toMatchObject({ backend: 'one' });
  expect(await caller.call('/shop.Cart/Get', { env: 'canary' })).toMatchObject({
    backend: 'two',
    metadata: { 'x-by': 'sluice' },
  });
});

test('an invalid backend is UNAVAILABLE for its share of the calls', async () => {
  const caller = await serve('share', [{ backendRefs: [backend('one'), backend('none')] }]);
  const answers = await Promise.all(Array.from({ length: 60 }, () => caller.call('/shop.Cart/Get')));
  const names = new Set(answers.map((answer) => (typeof answer === 'string' ? answer : answer.backend)));
  expect(names).toEqual(new Set(['one', 'UNAVAILABLE']));
});

test('a stream lives on while its route moves, and new calls go to the new backend', async () => {
  const caller = await serve('moves', [to('one')]);
  const stream = caller.stream('/shop.Cart/Watch');
  const failed = once(stream, 'error').then(([error]) => String(error));
  failed.catch(() => undefined);
  const echo = async (text: string): Promise<string> => {
    const answer = once(stream, 'data');
    stream.write(Buffer.from(text));
    return String((await Promise.race([answer, failed.then((error) => [error])]))[0]);
  };
  expect(await echo('before')).toBe('one: before');
  for (const name of ['two', 'one', 'two']) {
    rig.apply([grpcRoute([to(name)], { name: 'moves', hostnames: ['moves.test'] })]);
    await rig.settled();
    expect(await echo(name)).toBe(`one: ${name}`);
    expect(await caller.call('/shop.Cart/Get')).toMatchObject({ backend: name });
  }
  stream.cancel();
});
