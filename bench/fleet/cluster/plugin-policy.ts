import { converge } from '../../../test/rig/envoy/converge.ts';
import type { KubeClient, Manifest } from '../../../test/rig/kube/kube-client.ts';
import type { Settings } from '../../peers/sluice.ts';
import * as objects from './objects.ts';

/** A policy for one route, with a WASM module of a registry on this machine, and the options that allow it. */
export function policyOf(registryPort: number): { readonly policy: Manifest; readonly settings: Settings } {
  const registry = `127.0.0.1:${registryPort}`;
  const image = { url: `oci://${registry}/plugins/one:v1` };
  const policy = policyFor('route-1', { wasm: [{ name: 'one', code: { type: 'Image', image } }] });
  return { policy, settings: { wasm: { trust: [registry] } } };
}

/** A policy with a script for the route of this number. */
export function scriptPolicy(i: number): Manifest {
  return policyFor(`route-${i}`, { lua: [{ type: 'Inline', inline: `-- ${i}\n` }] });
}

function policyFor(route: string, plugins: object): Manifest {
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyExtensionPolicy',
    metadata: { name: `plugins-of-${route}`, namespace: objects.namespace },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route }],
      ...plugins,
    },
  };
}

/** With a schema that accepts everything, unless Envoy Gateway has brought its own. */
export async function installPolicyCrd(kube: KubeClient): Promise<void> {
  const crd: Manifest = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'envoyextensionpolicies.gateway.envoyproxy.io' },
    spec: {
      group: 'gateway.envoyproxy.io',
      names: {
        kind: 'EnvoyExtensionPolicy',
        listKind: 'EnvoyExtensionPolicyList',
        plural: 'envoyextensionpolicies',
        singular: 'envoyextensionpolicy',
      },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  if ((await kube.get(crd)) === undefined) await kube.create(crd);
  const { policy } = policyOf(0);
  await converge(async () => (await kube.list(policy, objects.namespace)).length >= 0);
}
