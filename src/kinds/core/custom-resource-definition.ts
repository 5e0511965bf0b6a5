import { z } from 'zod';
import { gatewayGroup } from '../gateway-api/parent-ref.ts';
import { jsonKind } from '../kind-def.ts';
import { tolerant } from '../tolerant.ts';

/** The CRD whose annotation says which release of Gateway API is installed: releases are installed whole. */
export const gatewayClassCrd = `gatewayclasses.${gatewayGroup}`;

const bundleVersion = `${gatewayGroup}/bundle-version`;

const definition = z.object({
  metadata: tolerant(
    { annotations: z.object({ [bundleVersion]: z.string().max(64).optional() }).default({}) },
    { annotations: {} },
  ).transform(({ annotations }) => ({ bundleVersion: annotations[bundleVersion] })),
});

/** Followed for the version of one CRD alone, as all CRDs of a cluster are megabytes. */
export const customResourceDefinitionKind = jsonKind(
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    versions: ['v1'],
    plural: 'customresourcedefinitions',
    scope: 'cluster',
    role: 'release',
    fieldSelector: `metadata.name=${gatewayClassCrd}`,
  },
  definition,
);
