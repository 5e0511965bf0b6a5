import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { objectUnit } from '../../units/unit.ts';
import { backendKind } from '../backend-kind.ts';
import { backendTlsOf, statusKeys } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { requireTarget, targetFallbacks, targetFields, targetIndexes } from '../policy-target.ts';
import { groupName, hostname, kindName, metadata, objectName, preciseHostname } from '../shape/shape.ts';
import { policyStatusDef } from '../status-def.ts';
import { tolerant } from '../tolerant.ts';

const uri = z
  .string()
  .max(253)
  .regex(/^[a-zA-Z][a-zA-Z0-9+.-]*:[\x21-\x7e]+$/, 'must be a URI with a scheme, such as spiffe://a.test/b');

const subjectAltName = z
  .object({
    type: z.enum(['Hostname', 'URI']),
    hostname: hostname.or(z.literal('')).optional(),
    uri: uri.or(z.literal('')).optional(),
  })
  .superRefine(({ type, ...names }, context) => {
    const [field, other] =
      type === 'Hostname' ? (['hostname', 'uri'] as const) : (['uri', 'hostname'] as const);
    if ((names[field] ?? '') === '')
      context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
    if ((names[other] ?? '') !== '')
      context.addIssue({ code: 'custom', path: [other], message: `must not be given for type ${type}` });
  })
  .transform(({ type, hostname: name, uri: text }) => ({
    type,
    value: (type === 'Hostname' ? name : text) ?? '',
  }));

const validation = z
  .object({
    caCertificateRefs: z
      .array(z.object({ group: groupName, kind: kindName, name: objectName }))
      .max(8)
      .default([]),
    wellKnownCACertificates: z
      .string()
      .max(253)
      .optional()
      .transform((name) => (name === '' ? undefined : name)),
    hostname: preciseHostname,
    subjectAltNames: z.array(subjectAltName).max(5).default([]),
  })
  .superRefine(({ caCertificateRefs, wellKnownCACertificates }, context) => {
    if (caCertificateRefs.length > 0 !== (wellKnownCACertificates !== undefined)) return;
    const message = 'give either these or wellKnownCACertificates';
    context.addIssue({ code: 'custom', path: ['caCertificateRefs'], message });
  });

const spec = tolerant(
  {
    targetRefs: targetFields.targetRefs,
    validation: validation.optional(),
    options: z.record(z.string(), z.string()).default({}),
  },
  { targetRefs: targetFallbacks.targetRefs, validation: undefined, options: {} },
  ({ targetRefs, validation: given }, context) => {
    requireTarget({ targetRefs, targetSelectors: [] }, context);
    if (given === undefined)
      context.addIssue({ code: 'custom', path: ['validation'], message: 'is required' });
  },
).transform(({ options, ...rest }) => ({
  ...rest,
  targetRef: undefined,
  targetSelectors: [],
  /** Names of the options, none of which Sluice knows. */
  options: Object.keys(options).sort(),
}));

const backendTlsPolicy = z.object({ metadata, spec });

export type BackendTLSPolicyRow = z.infer<typeof backendTlsPolicy>;

export const backendTlsTargets = ['Service', 'Backend'] as const;

/** TLS to backends: https://gateway-api.sigs.k8s.io/reference/spec/#backendtlspolicy */
export const backendTlsPolicyKind = jsonKind(
  {
    group: 'gateway.networking.k8s.io',
    kind: 'BackendTLSPolicy',
    versions: ['v1', 'v1alpha3'],
    plural: 'backendtlspolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('BackendTLSPolicy', object) },
  },
  backendTlsPolicy,
  (row, namespace, name) => ({
    indexes: [
      ...targetIndexes(row.spec, backendTlsTargets, namespace),
      ...row.spec.targetRefs.flatMap((target) => {
        const kind = backendKind(target);
        return kind === undefined ? [] : backendTlsOf(kind, namespace, target.name, target.sectionName);
      }),
    ],
    units: [objectUnit(resourceKey('BackendTLSPolicy', namespace, name))],
    follow: [],
  }),
);
