import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindTable } from '../../src/kinds/kind-table.ts';
import { labelSelector, namespaceName, objectName } from '../../src/kinds/shape/shape.ts';
import type { Case } from '../rig/objects/reference-case.ts';
import { references } from '../rig/objects/reference-cases.ts';
import { ofSlice } from '../rig/objects/route-reference-cases.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { referenceFields } from '../rig/objects/reference-fields.ts';

const schemas: readonly (readonly [string, unknown])[] = Object.entries(kindTable).map(([kind, def]) => [
  kind,
  'schema' in def ? def.schema : undefined,
]);

test('every field that refers to another object is tested here', () => {
  const fields = schemas.flatMap(([kind, schema]) =>
    referenceFields(schema).map((field) => `${kind} ${field}`),
  );
  expect([...fields, ofSlice].sort()).toEqual(Object.keys(references).sort());
});

test('a field that is added is found by its name, or by what it holds, however deep it is', () => {
  const added = z.object({
    spec: z.object({
      list: z.array(z.union([z.object({ certificateRef: z.unknown() }), z.object({ other: z.string() })])),
      peer: objectName.optional(),
      home: z.array(namespaceName.default('default')).max(2).prefault([]),
      those: z.lazy(() => labelSelector.transform((value) => value)),
      credentialsSecret: z.string(),
      plain: z.string(),
    }),
  });
  expect(referenceFields(added)).toEqual([
    'spec.credentialsSecret',
    'spec.home[]',
    'spec.list[].certificateRef',
    'spec.peer',
    'spec.those',
  ]);
});

const targeted = Object.entries(references).flatMap(([field, found]): [string, Case][] =>
  typeof found === 'string' ? [] : [[field, found]],
);

test.each(targeted)(
  '%s: a change of the target is noticed by what refers to it',
  async (_, { sources, target }) => {
    const [before, after] = target;
    const pipeline = await Pipeline.started([...sources, before], managed);
    const incremental = await outputs(pipeline, before, after);
    const [first, second] = [await fresh([...sources, before]), await fresh([...sources, after])];
    expect(first).not.toEqual(second);
    expect(incremental).toEqual([first, second, first]);
  },
);

test.each(targeted)('%s: a target that goes, and comes back, is noticed', async (_, { sources, target }) => {
  const [present] = target;
  const pipeline = await Pipeline.started([...sources, present], managed);
  const whole = dump(pipeline);
  pipeline.delete(present);
  await pipeline.drain();
  const without = dump(pipeline);
  expect(without).toEqual(await fresh(sources));
  expect(without).not.toEqual(whole);
  pipeline.apply(present);
  await pipeline.settle();
  expect(dump(pipeline)).toEqual(whole);
});

const managed = { settings: { managedProxies: true, lua: true } };

async function outputs(pipeline: Pipeline, before: object, after: object): Promise<object[]> {
  const first = dump(pipeline);
  pipeline.apply(after);
  await pipeline.drain();
  const second = dump(pipeline);
  pipeline.apply(before);
  await pipeline.drain();
  return [first, second, dump(pipeline)];
}

async function fresh(manifests: readonly object[]): Promise<object> {
  return dump(await Pipeline.started(manifests, managed));
}

function dump(pipeline: Pipeline): object {
  const { reports } = pipeline.controller;
  const statuses = [...reports.objects()].sort().map((object) => [object, reports.status(object)]);
  return {
    statuses,
    view: pipeline.view(),
    infrastructure: pipeline.controller.infrastructure('default/web'),
    modules: [...pipeline.modules].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
