import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import { echoPods, gateway, httpRoute, service, tlsSecret, toService } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';

let ns: TestNamespace;

const listener = (host: string, secret: string): object => ({
  name: secret,
  hostname: host,
  port: 443,
  protocol: 'HTTPS',
  tls: { certificateRefs: [{ name: secret }] },
});

beforeAll(async () => {
  ns = await TestNamespace.open('tls');
  await ns.apply(
    tlsSecret('one', selfSigned(['one.test'])),
    gateway([listener('one.test', 'one'), listener('two.test', 'two')]),
    service('app'),
    echoPods('app'),
    httpRoute('one', 'one.test', [toService('app')]),
    httpRoute('two', 'two.test', [toService('app')]),
  );
});
afterAll(() => ns.close());

test('a listener serves its certificate, and the next one as soon as its Secret has it', async () => {
  const first = await converge(() => served('one.test'));
  await ns.apply(tlsSecret('one', selfSigned(['one.test', 'rotated.test'])));
  const second = await converge(async () => {
    const name = await served('one.test');
    return name !== first && name;
  });
  expect(second).toContain('rotated.test');
});

test('a listener whose Secret comes late is served then, and holds up no other', async () => {
  await expect(ns.askTls('two.test')).rejects.toThrow();
  expect((await ns.askTls('one.test')).status).toBe(200);
  await ns.apply(tlsSecret('two', selfSigned(['two.test'])));
  expect(await converge(() => served('two.test'))).toContain('two.test');
});

async function served(host: string): Promise<string> {
  const answer = await ns.askTls(host);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.certificate.subjectaltname ?? '';
}
