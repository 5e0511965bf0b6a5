import type { KubeClient } from '../../test/rig/kube/kube-client.ts';

/** Returns contents of a Secret by name; none while it does not exist. */
export async function secretFiles(
  kube: KubeClient,
  namespace: string,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
}
