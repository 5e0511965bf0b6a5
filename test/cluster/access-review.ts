import type { KubeClient } from '../rig/kube/kube-client.ts';

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Undefined: in all namespaces. */
  readonly namespace?: string | undefined;
}

export async function mayAccount(
  kube: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  right: Right,
): Promise<boolean> {
  const { body } = await kube.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: right,
    },
  });
  return (body as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
