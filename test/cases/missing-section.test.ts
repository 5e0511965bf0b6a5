import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { PolicyFixture } from '../rig/pipeline/policy-fixture.ts';

const rules = [{ name: 'a', backendRefs: [m.backend()] }];
const route = m.httpRoute(rules, { name: 'shop', hostnames: ['shop.test'] });
const processor = m.service('processor', { port: { port: 9000 } });
const extProc = [{ backendRefs: [{ name: 'processor', port: 9000 }] }];

const toRoute = (sectionName?: string): object => ({
  kind: 'HTTPRoute',
  name: 'shop',
  ...(sectionName === undefined ? {} : { sectionName }),
});

async function accepted(...targetRefs: readonly object[]) {
  const fixture = await PolicyFixture.with([route, processor, m.extensionPolicy({ targetRefs, extProc })]);
  return { fixture, accepted: fixture.condition('Accepted') };
}

test.each([
  [
    'a rule',
    toRoute('zz'),
    'spec.targetRefs[0].sectionName: HTTPRoute default/shop has no rule of this name',
  ],
  [
    'a listener',
    { kind: 'Gateway', name: 'web', sectionName: 'zz' },
    'spec.targetRefs[0].sectionName: Gateway default/web has no listener of this name',
  ],
])(
  'a policy of %s that there is not is not accepted, and in force nowhere',
  async (_what, target, message) => {
    const { fixture, accepted: condition } = await accepted(target);
    expect(condition).toMatchObject({ status: 'False', reason: 'TargetNotFound', message });
    expect(fixture.route('shop.test').plugins).toEqual([]);
  },
);

test('beside a target that there is, the missing one is named and the other one has the policy', async () => {
  const { fixture, accepted: condition } = await accepted(toRoute('zz'), toRoute('a'));
  expect(condition).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(condition?.message).toContain('spec.targetRefs[0].sectionName: HTTPRoute default/shop has no rule');
  expect(fixture.route('shop.test').plugins).toHaveLength(1);
});

test('the rule that was missing comes, and the policy is accepted', async () => {
  const { fixture } = await accepted(toRoute('zz'));
  await fixture.apply(m.httpRoute([{ ...rules[0], name: 'zz' }], { name: 'shop', hostnames: ['shop.test'] }));
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });
  expect(fixture.route('shop.test').plugins).toHaveLength(1);
});
