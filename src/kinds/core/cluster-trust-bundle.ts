import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';

const bundle = z
  .object({ spec: z.object({ trustBundle: z.string() }) })
  .transform(({ spec }) => ({ ca: spec.trustBundle as string | undefined }))
  // A bundle that cannot be read holds no certificate: translation says so at the object that refers to it.
  .catch({ ca: undefined });

/** Certificates of authorities for a whole cluster. Older API servers do not serve it: it then has no rows. */
export const clusterTrustBundleKind = jsonKind(
  {
    group: 'certificates.k8s.io',
    kind: 'ClusterTrustBundle',
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    plural: 'clustertrustbundles',
    scope: 'cluster',
    role: 'support',
  },
  bundle,
);
