import { z } from 'zod';
import { resourceKey } from '../lib/key.ts';
import { objectUnit } from '../units/unit.ts';
import { jsonKind } from './kind-def.ts';
import { statusKeys } from './indexes.ts';
import { requireTarget, targetFallbacks, targetFields, targetIndexes } from './policy-target.ts';
import { metadata } from './shape/shape.ts';
import { policyStatusDef } from './status-def.ts';
import type { TargetKind } from './target-kind.ts';
import { tolerant } from './tolerant.ts';

const targets = ['Gateway'] as const satisfies readonly TargetKind[];

/** A policy that Sluice does not support yet. Its targets are followed, so that they report it. */
export const envoyPatchPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyPatchPolicy',
    versions: ['v1alpha1'],
    plural: 'envoypatchpolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('EnvoyPatchPolicy', object) },
  },
  z.object({ metadata, spec: tolerant(targetFields, targetFallbacks, requireTarget) }),
  ({ spec }, namespace, name) => ({
    indexes: targetIndexes(spec, targets, namespace),
    units: [objectUnit(resourceKey('EnvoyPatchPolicy', namespace, name))],
    follow: [],
  }),
);
