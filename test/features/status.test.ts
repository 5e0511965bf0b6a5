import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, keyOf, Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';
import { services } from '../rig/xds/xds-types.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const route = m.httpRoute([{ backendRefs: [m.backend()] }]);
const gateway = m.gateway([
  m.httpListener(),
  { name: 'odd', port: 9000, protocol: 'example.com/odd' },
  { name: 'clash', port: 80, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
]);

test('a listener of a protocol that is not served says UnsupportedProtocol, and conflicting ones say Conflicted', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway]);
  expect(pipeline.listenerConditions('odd')['Accepted']).toMatchObject({ reason: 'UnsupportedProtocol' });
  for (const name of ['http', 'clash']) {
    expect(pipeline.listenerConditions(name)['Conflicted']).toMatchObject({
      status: 'True',
      reason: 'ProtocolConflict',
    });
  }
});

test('Accepted, ResolvedRefs and Conflicted do not depend on proxies, whatever these do at any moment', async () => {
  const tls = tlsSecret('tls', selfSigned(['a.test']));
  const listeners = [
    m.httpListener(),
    { name: 'odd', port: 9000, protocol: 'example.com/odd' },
    { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
    { name: 'clash', port: 443, protocol: 'HTTP' },
    { name: 'secure', port: 8443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
    { name: 'missing', port: 8444, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'nothing' }] } },
  ];
  const lost = m.httpRoute([{ backendRefs: [m.backend('nothing')] }], { name: 'lost' });
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway(listeners), tls, route, lost, ...app]);
  const alone = ofObjects(pipeline);
  const seen = new Set(alone.map(({ type, status, reason }) => `${type} ${status} ${reason}`));
  expect(seen).toContain('Accepted False UnsupportedProtocol');
  expect(seen).toContain('Conflicted True ProtocolConflict');
  expect(seen).toContain('ResolvedRefs False BackendNotFound');
  expect(seen).toContain('ResolvedRefs False InvalidCertificateRef');
  const everySaid = new Set<string>();
  const clients: DeltaClient[] = [];
  const check = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      expect(ofObjects(pipeline)).toEqual(alone);
      for (const text of programmedOf(pipeline)) everySaid.add(text);
      await turn();
    }
  };
  for (const rejected of [undefined, ...services]) {
    const client = pipeline.connect({ id: `rejects ${rejected}` });
    clients.push(client);
    client.reject = (service) => (service === rejected ? 'no' : undefined);
    await check();
    await pipeline.pass(holdMs);
    await check();
    for (const service of services) client.hold(service);
    const before = m.httpRoute([{ matches: [m.prefix(`/${rejected}`)], backendRefs: [m.backend()] }]);
    pipeline.apply(m.gateway(listeners, { infrastructure: { labels: { of: String(rejected) } } }), before);
    await check();
    pipeline.apply(m.gateway(listeners), route);
    await check();
  }
  for (const client of clients) {
    client.close();
    await check();
  }
  expect([...everySaid].sort()).toEqual(['False Invalid', 'True Programmed', 'Unknown Pending']);
});

test('objects that are created while no proxy is there have the status that they have with one', async () => {
  const manifests = [m.gatewayClass(), m.gateway([m.httpListener()]), route, ...app];
  const served = await Pipeline.started(manifests);
  await served.connected();
  const restarting = await Pipeline.started([m.gatewayClass()]);
  for (let round = 0; round < 20; round++) {
    const client = restarting.connect();
    restarting.apply(...manifests.slice(1));
    client.close();
    await restarting.settle();
    expect(statuses(restarting)).toEqual(statuses(served));
    restarting.delete(...manifests.slice(1));
    await restarting.settle();
  }
});

test('Programmed is True while a proxy has ACKed every listener as it is now, and Unknown otherwise', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()]), route, ...app]);
  const programmed = () =>
    conditionOf(pipeline.controller.status(keyOf(m.gateway([m.httpListener()]))), 'Programmed');
  expect(programmed()).toMatchObject({ status: 'Unknown', reason: 'Pending' });
  const client = await pipeline.connected();
  expect(programmed()).toMatchObject({ status: 'True', reason: 'Programmed' });
  client.hold('LDS');
  pipeline.apply(m.gateway([m.httpListener({ port: 8080 })]));
  await pipeline.quiet();
  expect(programmed()).toMatchObject({ status: 'Unknown' });
  client.release('LDS');
  await pipeline.settle();
  expect(programmed()).toMatchObject({ status: 'True' });
  client.close();
  expect(programmed()).toMatchObject({ status: 'Unknown' });
});

test('a deleted object no longer has a status', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()]), route, ...app]);
  pipeline.delete(route);
  await pipeline.settle();
  expect(pipeline.status('HTTPRoute', 'route')).toBeUndefined();
  expect(pipeline.controller.reports.attached('Gateway/default/web/http')).toBe(0);
});

test('a condition that turns False is logged once, with the field and what to do, and once more when it is met', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()]), route]);
  const warnings = () => pipeline.log.lines.filter(({ level }) => level === 'warn');
  expect(warnings()).toHaveLength(1);
  expect(warnings()[0]).toMatchObject({
    fields: { object: 'HTTPRoute/default/route' },
    message: expect.stringContaining('spec.rules[0].backendRefs[0].name') as unknown,
  });
  pipeline.apply(m.service('unrelated'));
  await pipeline.settle();
  expect(warnings()).toHaveLength(1);
  pipeline.apply(...app);
  await pipeline.settle();
  expect(pipeline.log.lines.at(-1)).toMatchObject({ level: 'info', message: 'condition is met again' });
});

/** Conditions that only objects decide, as they would be written now. */
function ofObjects(pipeline: Pipeline): readonly Condition[] {
  return conditionsOf(pipeline).filter(({ type }) =>
    ['Accepted', 'ResolvedRefs', 'Conflicted'].includes(type),
  );
}

function programmedOf(pipeline: Pipeline): string[] {
  return conditionsOf(pipeline)
    .filter(({ type }) => type === 'Programmed')
    .map(({ status, reason }) => `${status} ${reason}`);
}

function conditionsOf({ controller }: Pipeline): readonly Condition[] {
  return [...controller.objects()].sort().flatMap((object) => {
    const { conditions = [], listeners = [], parents = [] } = controller.status(object) as Conditions;
    return [{ conditions }, ...listeners, ...parents].flatMap((each) => each.conditions);
  });
}

interface Conditions {
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly { readonly conditions: readonly Condition[] }[];
  readonly parents?: readonly { readonly conditions: readonly Condition[] }[];
}

function statuses(pipeline: Pipeline): Record<string, string | undefined> {
  const { reports } = pipeline.controller;
  return Object.fromEntries([...reports.objects()].sort().map((object) => [object, reports.status(object)]));
}

function conditionOf(status: unknown, type: string): Condition | undefined {
  return (status as { conditions: Condition[] }).conditions.find((condition) => condition.type === type);
}
