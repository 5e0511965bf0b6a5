import { z } from 'zod';
import { resourceKey, type ReadKey, type UnitName } from '../../lib/key.ts';
import { effectiveListenersKey, ourGatewayKey } from '../../units/listener-rows.ts';
import { policiesNaming, selectionKeys } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { jsonKind } from '../kind-def.ts';
import { infrastructureName } from '../../units/infrastructure-name.ts';
import { localParametersReference } from './parameters-ref.ts';
import {
  groupName,
  hostname,
  kindName,
  labels,
  labelSelector,
  metadataFallbacks,
  metadataFields,
  namespaceName,
  objectName,
  portNumber,
} from '../shape/shape.ts';
import { pluginSources } from './plugin-sources.ts';
import { markRepeated, tolerant } from '../tolerant.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { attachedPoliciesKey } from '../../units/attached-policies-key.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import { gatewayName, waveOfGateway } from '../../units/unit-table.ts';

const routeNamespaces = z.object({
  from: z.enum(['All', 'Selector', 'Same', 'None']).default('Same'),
  selector: labelSelector.optional(),
});

const routeGroupKind = z.object({
  group: groupName.default('gateway.networking.k8s.io'),
  kind: kindName,
});

const allowedRoutes = z.object({
  namespaces: routeNamespaces.default({ from: 'Same' }),
  kinds: z.array(routeGroupKind).max(8).default([]),
});

const secretObjectReference = z.object({
  group: groupName.default(''),
  kind: kindName.default('Secret'),
  name: objectName,
  namespace: namespaceName.optional(),
});

const listenerTls = z
  .object({
    mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
    certificateRefs: z.array(secretObjectReference).max(64).default([]),
    options: z.record(z.string(), z.string()).default({}),
  })
  .superRefine(({ mode, certificateRefs, options }, context) => {
    if (mode !== 'Terminate' || certificateRefs.length > 0 || Object.keys(options).length > 0) return;
    const message = 'must not be empty when mode is Terminate';
    context.addIssue({ code: 'custom', path: ['certificateRefs'], message });
  })
  // Options matter only to the rule above.
  .transform(({ mode, certificateRefs }) => ({ mode, certificateRefs }));

const protocolName =
  /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/;

/** A listener that cannot be read is not served; it keeps its name, so that its status can say why. */
const listener = tolerant(
  {
    name: objectName,
    hostname: hostname.optional(),
    port: portNumber,
    protocol: z.string().max(255).regex(protocolName, 'must be a protocol, such as HTTP or HTTPS'),
    tls: listenerTls.optional(),
    allowedRoutes: allowedRoutes.default({ namespaces: { from: 'Same' }, kinds: [] }),
  },
  {
    name: '',
    hostname: undefined,
    port: 0,
    protocol: '',
    tls: undefined,
    allowedRoutes: { namespaces: { from: 'None' }, kinds: [] },
  },
  (value, context) => {
    const refuse = (path: readonly string[], message: string) => {
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: `${message} for protocol ${value.protocol}`,
      });
    };
    if (withoutTls.has(value.protocol) && value.tls !== undefined) refuse(['tls'], 'must not be given');
    if (withoutHostname.has(value.protocol) && value.hostname !== undefined)
      refuse(['hostname'], 'must not be given');
    if (value.protocol === 'HTTPS' && value.tls?.mode === 'Passthrough')
      refuse(['tls', 'mode'], 'must be Terminate');
  },
);

const withoutTls: ReadonlySet<string> = new Set(['HTTP', 'TCP', 'UDP']);
const withoutHostname: ReadonlySet<string> = new Set(['TCP', 'UDP']);

const listeners = z
  .array(listener)
  .min(1)
  .max(64)
  .transform((items) => markRepeated(items, ({ name }) => (name === '' ? undefined : name), 'name'));

const gatewayAddress = z.object({
  type: z.string().min(1).max(253).default('IPAddress'),
  value: z.string().max(253).optional(),
});

const gatewayAddresses = z
  .array(gatewayAddress)
  .max(16)
  .superRefine((addresses, context) => {
    refuseDuplicates(addresses, uniqueAddress, context, 'value');
  });

const objectReference = z.object({
  group: groupName,
  kind: kindName,
  name: objectName,
  namespace: namespaceName.optional(),
});

const clientValidation = z.object({
  caCertificateRefs: z.array(objectReference).min(1).max(8),
  mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).default('AllowValidOnly'),
});

const noClients = { caCertificateRefs: [], mode: 'AllowValidOnly' as const };

const frontendTls = z.object({ validation: clientValidation.optional() });

const perPortTls = z
  .array(z.object({ port: portNumber, tls: frontendTls }))
  .max(64)
  .superRefine((items, context) => {
    refuseDuplicates(items, ({ port }) => String(port), context, 'port');
  });

const gatewayTls = z.object({
  frontend: z.object({ default: frontendTls.prefault({}), perPort: perPortTls.default([]) }).optional(),
});

const infrastructure = z.object({
  labels,
  annotations: labels,
  parametersRef: localParametersReference.optional(),
});

const gateway = z.object({
  /** `uid`: for owner references; empty in files. */
  metadata: tolerant(
    { ...metadataFields, labels, annotations: pluginSources, uid: z.string().max(128).default('') },
    { ...metadataFallbacks, labels: [], annotations: undefined, uid: '' },
  ),
  spec: tolerant(
    {
      gatewayClassName: objectName,
      listeners,
      addresses: gatewayAddresses.default([]),
      tls: gatewayTls.optional(),
      infrastructure: infrastructure.prefault({}),
    },
    {
      // Without a class, it belongs to no controller.
      gatewayClassName: '',
      listeners: [],
      addresses: [],
      // Without a readable authority no client is accepted.
      tls: { frontend: { default: { validation: noClients }, perPort: [] } },
      infrastructure: { labels: [], annotations: [] },
    },
  ),
});

export type GatewayRow = z.infer<typeof gateway>;
export type FrontendTls = NonNullable<GatewayRow['spec']['tls']>['frontend'];
export type GatewayListener = z.infer<typeof listener>;
export type ClientValidation = z.infer<typeof clientValidation>;
export type ObjectReference = z.infer<typeof objectReference>;
export type SecretObjectReference = z.infer<typeof secretObjectReference>;

export const gatewayKind = jsonKind(
  {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    versions: ['v1', 'v1beta1'],
    plural: 'gateways',
    scope: 'namespaced',
    role: 'gateway',
    status: {
      fields: { conditions: 'conditions', listeners: 'listeners', addresses: 'whole' },
      waiting: ['Accepted', 'Programmed'],
    },
    unit: {
      wave: waveOfGateway,
      gateway: gatewayName,
      firstKeys: ({ namespace, name }) => [
        ourGatewayKey(namespace, name),
        effectiveListenersKey(namespace, name),
        resourceKey('Gateway', namespace, name),
        attachedPoliciesKey(namespace, name, resourceKey('Gateway', namespace, name)),
      ],
      readsOwnService: true,
    },
  },
  gateway,
  links,
);

function uniqueAddress({ type, value }: z.infer<typeof gatewayAddress>): string | undefined {
  const unique = value !== undefined && (type === 'IPAddress' || type === 'Hostname');
  return unique ? `${type} ${value}` : undefined;
}

function links(row: GatewayRow, namespace: string, name: string): Links {
  const units: UnitName[] = [
    unitName({ kind: 'EffectiveListeners', namespace, name }),
    unitName({ kind: 'AttachedPolicies', namespace, name, target: resourceKey('Gateway', namespace, name) }),
    objectUnit(resourceKey('Gateway', namespace, name)),
    unitName({ kind: 'Infrastructure', namespace, name }),
  ];
  const { gatewayClassName } = row.spec;
  const follow: ReadKey[] = [
    resourceKey('GatewayClass', '', gatewayClassName),
    policiesNaming('Gateway', namespace, name),
    ...selectionKeys('Gateway', namespace, row.metadata.labels),
    resourceKey('Service', namespace, infrastructureName(name, gatewayClassName)),
  ];
  return { indexes: [], units, follow };
}
