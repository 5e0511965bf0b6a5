import { expect, test } from 'vitest';
import * as m from '../fakes/manifests.ts';
import { Pipeline } from '../fakes/pipeline.ts';

const names = Array.from({ length: 16 }, (_, i) => `s${String(i).padStart(2, '0')}`);
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  ...names.flatMap((name) => [m.service(name), m.endpointSlice(['10.0.0.1'], { name, service: name })]),
  m.httpRoute(names.map((name) => ({ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }))),
];

test('a large first answer comes in parts, the next with the ACK of the one before, and routes after the last', async () => {
  const pipeline = await Pipeline.started(manifests, { stream: { maxResources: 5 } });
  const client = pipeline.connect();
  await pipeline.settle();
  const lines = client.take();
  const clusters = lines.filter((line) => line.startsWith('CDS'));
  expect(clusters.map((line) => line.split(' ').length - 1)).toEqual([5, 5, 5, 1]);
  expect(lines.findIndex((line) => line.startsWith('RDS'))).toBeGreaterThan(
    lines.indexOf(clusters.at(-1) ?? ''),
  );
});

test('a resource that is larger than a whole answer may be goes alone', async () => {
  const pipeline = await Pipeline.started(manifests, { stream: { maxBytes: 10 } });
  const client = pipeline.connect();
  await pipeline.settle();
  expect(client.take().filter((line) => line.startsWith('CDS'))).toHaveLength(names.length);
});
