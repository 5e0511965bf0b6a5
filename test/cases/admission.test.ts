import { expect, test } from 'vitest';
import { admissionPolicies } from '../../charts/admission-policies.ts';
import { admissionRules } from '../../charts/admission-rules.ts';
import { admissionCases } from '../rig/objects/admission-cases.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const infrastructure = {
  parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' },
};
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()], { infrastructure }),
  m.envoyProxy({}),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
];

test('every rule has a case', () => {
  expect(Object.keys(admissionCases).sort()).toEqual(admissionRules.map(({ id }) => id).sort());
});

test('the template is that of the table: node charts/admission-policies.ts', () => {
  const { written, wanted } = admissionPolicies();
  expect(written).toBe(wanted);
});

test.each(Object.entries(admissionCases))(
  '%s: the mistake is said in a condition, and nothing is without it',
  async (_id, { bad, good, report }) => {
    const { kind, name, says } = report;
    const messages = async (object: object): Promise<string> => {
      const pipeline = await Pipeline.started([...base, object], { settings: { managedProxies: true } });
      const status = JSON.stringify(pipeline.status(kind, name) ?? {});
      await pipeline.close();
      return status;
    };
    expect(await messages(bad)).toMatch(says);
    expect(await messages(good)).not.toMatch(says);
  },
);
