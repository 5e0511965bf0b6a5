import { z } from 'zod';
import { markRepeated, tolerant } from '../tolerant.ts';
import { withoutEffect } from '../unknown-fields.ts';
import { listenerRequestFilters } from './http-route-filter.ts';
import {
  groupName,
  hostname,
  kindName,
  labelSelector,
  namespaceName,
  objectName,
  portNumber,
} from '../shape/shape.ts';

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

export const secretObjectReference = z.object({
  group: groupName.default(''),
  kind: kindName.default('Secret'),
  name: objectName,
  namespace: namespaceName.optional(),
});

const listenerTls = z
  .object({
    mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
    certificateRefs: z.array(secretObjectReference).max(64).default([]),
    options: withoutEffect(z.record(z.string(), z.string()).default({})),
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

/** Filters may restrict: a listener is not served without those of a later release. */
const filters = z
  .object({ requests: listenerRequestFilters })
  .catchall(z.array(z.unknown()).max(0, 'must be empty: only filters of requests are supported'))
  .prefault({})
  .transform(({ requests }) => (requests.length === 0 ? undefined : { requests }));

/** A listener that cannot be read is not served; it keeps its name, so that its status can say why. */
const listener = tolerant(
  {
    name: objectName,
    hostname: hostname.optional(),
    port: portNumber,
    protocol: z.string().max(255).regex(protocolName, 'must be a protocol, such as HTTP or HTTPS'),
    tls: listenerTls.optional(),
    allowedRoutes: allowedRoutes.default({ namespaces: { from: 'Same' }, kinds: [] }),
    filters,
  },
  {
    name: '',
    hostname: undefined,
    port: 0,
    protocol: '',
    tls: undefined,
    allowedRoutes: { namespaces: { from: 'None' }, kinds: [] },
    filters: undefined,
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
    if (!withFilters.has(value.protocol) && value.filters !== undefined)
      refuse(['filters'], 'must not be given');
    if (withoutHostname.has(value.protocol) && value.hostname !== undefined)
      refuse(['hostname'], 'must not be given');
    if (value.protocol === 'HTTPS' && value.tls?.mode === 'Passthrough')
      refuse(['tls', 'mode'], 'must be Terminate');
  },
);

const withoutTls: ReadonlySet<string> = new Set(['HTTP', 'TCP', 'UDP']);
const withFilters: ReadonlySet<string> = new Set(['HTTP', 'HTTPS']);
const withoutHostname: ReadonlySet<string> = new Set(['TCP', 'UDP']);

/** Listeners of a Gateway, or of a ListenerSet. */
export const listeners = z
  .array(listener)
  .min(1)
  .max(64)
  .transform((items) => markRepeated(items, ({ name }) => (name === '' ? undefined : name), 'name'));

export type GatewayListener = z.infer<typeof listener>;
export type SecretObjectReference = z.infer<typeof secretObjectReference>;
