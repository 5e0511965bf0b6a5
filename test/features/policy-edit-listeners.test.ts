import { expect, test } from 'vitest';
import { fieldsOf } from '../../docs/schema-fields.ts';
import { clientTrafficPolicyKind } from '../../src/kinds/envoy-gateway/client-traffic-policy.ts';
import { securityPolicyKind } from '../../src/kinds/envoy-gateway/security-policy.ts';
import { clientSpecs } from '../rig/objects/client-specs.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import { editsOf, fieldsOfSpec, type FieldEdit } from '../rig/objects/field-edits.ts';
import * as m from '../rig/objects/manifests.ts';
import { everySecurityPart } from '../rig/objects/security-parts.ts';
import { ClientFixture, clientPolicy, listeners, toListener } from '../rig/pipeline/client-policy.ts';
import { secret, security, started } from '../rig/pipeline/security-policy.ts';

/** Returns edits of all fields that the schema has, whether their values are valid or not. */
function edits(kind: typeof clientTrafficPolicyKind | typeof securityPolicyKind, spec: object): FieldEdit[] {
  const values = new Map(fieldsOf(kind.schema).map((field) => [field.path, field.values]));
  return editsOf(
    spec,
    (path) => values.get(`spec.${path}`) ?? [],
    () => true,
  );
}

test.each(Object.entries(everySecurityPart))(
  'no edit of %s of a SecurityPolicy changes a listener',
  async (part, spec) => {
    const named = [
      secret('users', { '.htpasswd': 'ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' }),
      secret('keys', {}),
    ];
    const { pipeline, client } = await started(...named);
    const all = [
      { [part]: spec },
      ...edits(securityPolicyKind, { [part]: spec }).map((edit) => edit.spec),
      {},
      { mergeType: 'JSONMerge', [part]: 'none' },
    ];
    let changes = 0;
    for (const edited of all) {
      pipeline.apply(security(edited));
      await pipeline.settle();
      const lines = client.take();
      changes += lines.length;
      expect(lines.filter((line) => line.startsWith('LDS'))).toEqual([]);
    }
    expect(changes).toBeGreaterThan(0);
  },
);

const places = /^(metadata|spec\.target(Ref|Refs|Selectors))\b/;

test('every field of a ClientTrafficPolicy is edited', () => {
  const known = new Set(clientSpecs.flatMap(fieldsOfSpec).map((path) => `spec.${path}`));
  const isNamed = (path: string): boolean =>
    known.has(path) || clientSpecs.some((spec) => isEmptyAt(spec, path.split('.').slice(1)));
  const paths = fieldsOf(clientTrafficPolicyKind.schema).map(({ path }) => path);
  expect(paths.filter((path) => !places.test(path) && !isNamed(path))).toEqual([]);
});

/** Returns true for a field whose presence is all that it says. */
function isEmptyAt(spec: object, names: readonly string[]): boolean {
  const value = names.reduce<unknown>((at, name) => (Object(at) as Record<string, unknown>)[name], spec);
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

test.each(clientSpecs.map((spec, i) => [i, spec] as const))(
  'an edit of a ClientTrafficPolicy of one listener changes its filter chain alone (%i)',
  async (_, spec) => {
    const cas = m.configMap({ 'ca.crt': selfSigned(['ca.test']).certificate }, { name: 'cas' });
    const fixture = await ClientFixture.started([cas, ofListener({})], m.gateway(listeners));
    const { pipeline, client } = fixture;
    const rest = (): string => {
      const { filterChains, ...others } = fixture.listener(443) as {
        readonly filterChains: readonly object[];
      };
      const foreign = filterChains.filter((chain) => !JSON.stringify(chain).includes('443:a.test'));
      return JSON.stringify([fixture.listener(80), others, foreign]);
    };
    const before = rest();
    const found = new Set<string>();
    for (const { spec: edited } of [{ spec }, ...edits(clientTrafficPolicyKind, spec)]) {
      pipeline.apply(ofListener(edited));
      await pipeline.settle();
      for (const line of client.take()) if (line.startsWith('LDS')) found.add(line);
      expect(rest()).toBe(before);
    }
    expect([...found]).toEqual(['LDS default/web/443']);
  },
);

function ofListener(spec: object): object {
  return clientPolicy({ targetRefs: [toListener('a')], ...spec });
}
