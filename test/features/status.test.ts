import { expect, test } from 'vitest';
import * as m from '../fakes/manifests.ts';
import { keyOf, Pipeline, type Condition } from '../fakes/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const route = m.httpRoute([{ backendRefs: [m.backend()] }]);
const gateway = m.gateway([
  m.httpListener(),
  { name: 'tcp', port: 9000, protocol: 'TCP' },
  { name: 'clash', port: 80, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } },
]);

test('a listener of a protocol that is not served says UnsupportedProtocol, and conflicting ones say Conflicted', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway]);
  expect(pipeline.listenerConditions('tcp')['Accepted']).toMatchObject({ reason: 'UnsupportedProtocol' });
  for (const name of ['http', 'clash']) {
    expect(pipeline.listenerConditions(name)['Conflicted']).toMatchObject({
      status: 'True',
      reason: 'ProtocolConflict',
    });
  }
});

test('Accepted, ResolvedRefs and Conflicted do not depend on proxies: none, several, or one that refuses everything', async () => {
  const manifests = [m.gatewayClass(), gateway, route, ...app];
  const pipeline = await Pipeline.started(manifests);
  const alone = statuses(pipeline);
  const clients = [await pipeline.connected(), await pipeline.connected({ id: 'second' })];
  expect(statuses(pipeline)).toEqual(alone);
  for (const client of clients) client.close();
  const refusing = pipeline.connect();
  refusing.refuse = () => 'no';
  await pipeline.quiet();
  expect(statuses(pipeline)).toEqual(alone);
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

test('a deleted object has no status any more', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()]), route, ...app]);
  pipeline.delete(route);
  await pipeline.settle();
  expect(pipeline.status('HTTPRoute', 'route')).toBeUndefined();
  expect(pipeline.controller.reports.attachedRoutes('default/web/http')).toBe(0);
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

function statuses(pipeline: Pipeline): Record<string, string | undefined> {
  const { reports } = pipeline.controller;
  return Object.fromEntries([...reports.objects()].sort().map((object) => [object, reports.status(object)]));
}

function conditionOf(status: unknown, type: string): Condition | undefined {
  return (status as { conditions: Condition[] }).conditions.find((condition) => condition.type === type);
}
