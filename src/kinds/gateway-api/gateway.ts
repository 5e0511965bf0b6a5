import { z } from 'zod';
import { resourceKey, type ReadKey, type UnitName } from '../../lib/key.ts';
import { effectiveListenersKey, ourGatewayKey } from '../../units/listener-rows.ts';
import { policiesNaming, selectionKeys } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { namingLeftOut } from '../left-out.ts';
import { jsonKind } from '../kind-def.ts';
import { infrastructureName } from '../../units/infrastructure-name.ts';
import { listeners, secretObjectReference } from './listener.ts';
import { localParametersReference } from './parameters-ref.ts';
import {
  groupName,
  kindName,
  labels,
  labelSelector,
  metadataFallbacks,
  metadataFields,
  namespaceName,
  objectName,
  portNumber,
} from '../shape/shape.ts';
import { gatewayAnnotations, noAnnotations } from './gateway-annotations.ts';
import { tolerant } from '../tolerant.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { attachedPoliciesKey } from '../../units/attached-policies-key.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import { gatewayName } from '../../units/unit-table.ts';
import { waveOfGateway } from '../../units/waves.ts';

/** Namespaces whose ListenerSets may add listeners. */
const allowedListeners = z.object({
  namespaces: z
    .object({
      from: z.enum(['All', 'Selector', 'Same', 'None']).default('None'),
      selector: labelSelector.optional(),
    })
    .default({ from: 'None' }),
});

const gatewayAddress = z.object({
  type: z.string().min(1).max(253).default('IPAddress'),
  value: z.string().max(253).optional(),
  routability: z.string().max(253).default(''),
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

const noClientsAtAll = { default: { validation: noClients }, perPort: [] };

const gatewayTls = tolerant(
  {
    frontend: z.object({ default: frontendTls.prefault({}), perPort: perPortTls.default([]) }).optional(),
    backend: z.object({ clientCertificateRef: secretObjectReference.optional() }).optional(),
  },
  {
    // Without a readable authority no client is accepted.
    frontend: noClientsAtAll,
    // Without a readable certificate backends over TLS get no requests.
    backend: { clientCertificateRef: { group: '', kind: '', name: '' } },
  },
);

const infrastructure = z.object({
  labels,
  annotations: labels,
  parametersRef: localParametersReference.optional(),
});

const gatewayObject = z.object({
  /** `uid`: for owner references; empty in files. */
  metadata: tolerant(
    { ...metadataFields, labels, annotations: gatewayAnnotations, uid: z.string().max(128).default('') },
    { ...metadataFallbacks, labels: [], annotations: noAnnotations, uid: '' },
  ),
  spec: tolerant(
    {
      gatewayClassName: objectName,
      listeners,
      allowedListeners: allowedListeners.optional(),
      addresses: gatewayAddresses.default([]),
      tls: gatewayTls.optional(),
      infrastructure: infrastructure.prefault({}),
    },
    {
      // Without a class, it belongs to no controller.
      gatewayClassName: '',
      listeners: [],
      allowedListeners: undefined,
      addresses: [],
      tls: { frontend: noClientsAtAll, backend: undefined },
      infrastructure: { labels: [], annotations: [] },
    },
  ),
});

const gateway = namingLeftOut(gatewayObject);

export type GatewayRow = z.infer<typeof gateway>;
export type FrontendTls = NonNullable<GatewayRow['spec']['tls']>['frontend'];
export type ClientValidation = z.infer<typeof clientValidation>;
export type ObjectReference = z.infer<typeof objectReference>;

export const gatewayKind = jsonKind(
  {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    versions: ['v1', 'v1beta1'],
    plural: 'gateways',
    scope: 'namespaced',
    role: 'gateway',
    status: {
      fields: {
        conditions: 'conditions',
        listeners: 'listeners',
        addresses: 'addresses',
        attachedListenerSets: 'whole',
      },
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
