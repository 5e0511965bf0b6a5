import { globSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { converge } from '../../test/rig/envoy/converge.ts';
import type { KubeClient, KubeObject } from '../../test/rig/kube/kube-client.ts';

/** Applies the CRDs in YAML files, and waits until the API server serves them. */
export async function applyCrds(kube: KubeClient, ...patterns: readonly string[]): Promise<void> {
  const documents = globSync([...patterns]).flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')));
  const crds = documents
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object?.kind === 'CustomResourceDefinition');
  if (crds.length === 0) throw new Error(`no CRDs in ${patterns.join(', ')}`);
  for (const crd of crds) if (crd !== null) await kube.apply(crd);
  await allServed(kube);
}

/** Resolves when the API server serves every CRD that it has. */
export async function allServed(kube: KubeClient): Promise<void> {
  await converge(async () => {
    const all = await kube.list({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' });
    return all.every(isEstablished);
  });
}

function isEstablished({ status }: KubeObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as readonly {
    readonly type: string;
    readonly status: string;
  }[];
  return conditions.some((condition) => condition.type === 'Established' && condition.status === 'True');
}
