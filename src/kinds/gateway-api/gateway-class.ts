import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { identifier } from '../shape/identifier.ts';
import { namingLeftOut } from '../left-out.ts';
import { gatewayClassCrd } from '../core/custom-resource-definition.ts';
import { jsonKind } from '../kind-def.ts';
import { parametersKind, parametersReference } from './parameters-ref.ts';
import { tolerant } from '../tolerant.ts';
import { metadata } from '../shape/shape.ts';
import { objectUnit } from '../../units/unit.ts';

const classObject = z.object({
  metadata,
  spec: tolerant(
    {
      controllerName: z
        .string()
        .max(253)
        .regex(
          identifier.controllerName,
          'must be a domain and a path, such as sluice.dev/gateway-controller',
        ),
      parametersRef: parametersReference.optional(),
      // For people: known, so that no condition names it, and not kept.
      description: z
        .unknown()
        .optional()
        .transform(() => undefined),
    },
    // Without a name of a controller, a class belongs to no controller.
    { controllerName: '', parametersRef: undefined, description: undefined },
  ),
});

const gatewayClass = namingLeftOut(classObject);

export const gatewayClassKind = jsonKind(
  {
    group: 'gateway.networking.k8s.io',
    kind: 'GatewayClass',
    versions: ['v1', 'v1beta1'],
    plural: 'gatewayclasses',
    scope: 'cluster',
    role: 'gateway',
    status: { fields: { conditions: 'conditions', supportedFeatures: 'whole' }, waiting: ['Accepted'] },
  },
  gatewayClass,
  ({ spec: { parametersRef } }, _namespace, name) => ({
    indexes: [],
    units: [objectUnit(resourceKey('GatewayClass', '', name))],
    follow: [
      resourceKey('CustomResourceDefinition', '', gatewayClassCrd),
      ...(parametersRef?.namespace === undefined
        ? []
        : [resourceKey(parametersKind.kind, parametersRef.namespace, parametersRef.name)]),
    ],
  }),
);
