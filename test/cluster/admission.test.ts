import { afterAll, beforeAll, expect, test } from 'vitest';
import { admissionRules } from '../../charts/admission-rules.ts';
import { converge } from '../rig/envoy/converge.ts';
import { admissionCases } from '../rig/objects/admission-cases.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { TestNamespace } from './test-namespace.ts';
import { helmInstall, installEnvoyCrds } from './sluice.ts';

const envoyKinds = ['EnvoyExtensionPolicy', 'EnvoyProxy', 'SecurityPolicy'];
const policyKind = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
};

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('admission');
  await installEnvoyCrds(ns.kube, ...envoyKinds);
  const selector = 'admissionPolicies.namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name';
  await helmInstall('admissionPolicies.enabled=true', `${selector}=admission`);
}, 180_000);
afterAll(async () => {
  await helmInstall();
  await ns.close();
}, 180_000);

/** Refused by Envoy Gateway's CRDs already, in their own words. */
const ofCrds: ReadonlySet<string> = new Set(['pull-secret']);

const tried = admissionRules.filter(
  ({ id }) => admissionCases[id]?.isExperimental !== true && !ofCrds.has(id),
);

test.each(tried)(
  '$id: refused at the door in words that say what to do, and taken without the mistake',
  async ({ id, message }) => {
    const { bad, good } = admissionCases[id] ?? expect.fail(id);
    const refusal = await converge(() => refusalOf(bad));
    expect(refusal).toContain(message);
    await ns.apply(good);
    await ns.delete(good);
  },
);

test('an object that was there before may still be changed where nothing is wrong with it', async () => {
  const { bad } = admissionCases['lua'] ?? expect.fail('lua');
  await helmInstall();
  await converge(async () => (await refusalOf(bad)) === false);
  await ns.apply(bad);
  const selector = 'admissionPolicies.namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name';
  await helmInstall('admissionPolicies.enabled=true', `${selector}=admission`);
  const other: Manifest = { ...bad, metadata: { name: 'other' } };
  await converge(() => refusalOf(other));
  const labelled = await ns.merge(bad, { metadata: { labels: { seen: 'yes' } } });
  expect(labelled.metadata.labels).toMatchObject({ seen: 'yes' });
});

test('the API server finds nothing in the expressions to warn of', async () => {
  const policies = await converge(async () => {
    const found = await ns.kube.list(policyKind, '', 'app.kubernetes.io/name=sluice');
    const isChecked = found.every(
      ({ metadata, status }) => status?.['observedGeneration'] === metadata.generation,
    );
    return found.length > 0 && isChecked && found;
  });
  expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual(
    [...new Set(admissionRules.map(({ kind }) => `sluice-sluice-system-${kind.toLowerCase()}`))].sort(),
  );
  expect(policies.map(({ status }) => status?.['typeChecking'])).toEqual(policies.map(() => ({})));
});

/** Returns the API server's error; false when it accepts the object, which is then deleted. */
async function refusalOf(object: Manifest): Promise<string | false> {
  try {
    await ns.apply(object);
  } catch (error) {
    return error instanceof Error ? error.message : 'refused';
  }
  await ns.delete(object);
  return false;
}
