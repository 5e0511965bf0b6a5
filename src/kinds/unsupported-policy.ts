import { z } from 'zod';
import { resourceKey } from '../lib/key.ts';
import { objectUnit } from '../units/unit.ts';
import { jsonKind } from './kind-def.ts';
import { statusKeys } from './indexes.ts';
import { requireTarget, targetFallbacks, targetFields, targetIndexes } from './policy-target.ts';
import { metadata } from './shape/shape.ts';
import { policyStatusDef } from './status-def.ts';
import type { TargetKind, UnsupportedPolicyKind } from './target-kind.ts';
import { tolerant } from './tolerant.ts';

const envoyGateway = { group: 'gateway.envoyproxy.io', versions: ['v1alpha1'] } as const;

/**
 * Policies that Sluice does not support yet. Their targets are followed, so that targets report them, and are closed where
 * a policy restricts clients.
 */
const kinds = {
  SecurityPolicy: {
    ...envoyGateway,
    plural: 'securitypolicies',
    targets: ['Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute', 'TCPRoute'],
    restricts: 'always',
  },
  EnvoyPatchPolicy: {
    ...envoyGateway,
    plural: 'envoypatchpolicies',
    targets: ['Gateway'],
    restricts: 'never',
  },
} as const satisfies Readonly<Record<UnsupportedPolicyKind, Facts>>;

interface Facts {
  readonly group: string;
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  readonly targets: readonly TargetKind[];
  readonly restricts: 'always' | 'never';
}

export const envoyPatchPolicyKind = followed('EnvoyPatchPolicy');
export const securityPolicyKind = followed('SecurityPolicy');

/** Reads the targets alone. */
function schemaOf(restricts: Facts['restricts']) {
  const spec = tolerant(targetFields, targetFallbacks, requireTarget);
  return z.object({
    metadata,
    spec: spec.transform((targets) => ({ ...targets, restricts: restricts === 'always' })),
  });
}

function followed<const K extends UnsupportedPolicyKind>(kind: K) {
  const { group, versions, plural, targets, restricts } = kinds[kind];
  return jsonKind(
    {
      group,
      kind,
      versions,
      plural,
      scope: 'namespaced',
      role: 'policy',
      status: policyStatusDef,
      unit: { wave: 'reports', firstKeys: (object) => statusKeys(kind, object) },
    },
    schemaOf(restricts),
    ({ spec }, namespace, name) => ({
      indexes: targetIndexes(spec, targets, namespace),
      units: [objectUnit(resourceKey(kind, namespace, name))],
      follow: [],
    }),
  );
}
