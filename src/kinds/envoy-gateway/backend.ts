import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { objectUnit } from '../../units/unit.ts';
import type { BackendFact } from '../backend-kind.ts';
import { backendThat } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { addressScope } from '../shape/address-scope.ts';
import { identifier } from '../shape/identifier.ts';
import { parseIPv4, parseIPv6 } from '../shape/ip.ts';
import { metadata, portNumber, preciseHostname, visibleText } from '../shape/shape.ts';
import { readable, tolerant } from '../tolerant.ts';
import { unreadableParts } from '../unreadable.ts';
import { backendTlsSettings } from './backend-tls.ts';

/** Resolvers read a name that ends in a number as an IP address, which no check of addresses would see. */
const endsInNumber = /(^|\.)(\d+|0x[0-9a-f]*)$/;

const resolvedName = z
  .string()
  .max(253)
  .transform((name) => (name.endsWith('.') ? name.slice(0, -1) : name))
  .refine((name) => identifier.subdomain.test(name), 'must be a DNS name')
  .refine((name) => !endsInNumber.test(name), 'must be a DNS name, which does not end in a number');

const ipAddress = z
  .string()
  .max(45)
  .refine(
    (address) => parseIPv4(address) !== undefined || parseIPv6(address) !== undefined,
    'must be an IP address',
  )
  .refine(
    (address) => addressScope(address) !== 'special',
    'must not be link-local, multicast, reserved, or of a metadata service',
  );

/** The longest path of a socket that Linux takes. */
const maxPathLength = 107;

const addresses = ['fqdn', 'ip', 'unix'] as const;

const endpoint = tolerant(
  {
    hostname: preciseHostname.optional(),
    fqdn: z.object({ hostname: resolvedName, port: portNumber }).optional(),
    ip: z.object({ address: ipAddress, port: portNumber }).optional(),
    unix: z
      .object({ path: visibleText(maxPathLength).regex(/^\//, 'must be the absolute path of a socket') })
      .optional(),
    zone: visibleText(256).min(1).optional(),
  },
  { hostname: undefined, fqdn: undefined, ip: undefined, unix: undefined, zone: undefined },
  (given, context) => {
    if (addresses.filter((field) => given[field] !== undefined).length === 1) return;
    context.addIssue({ code: 'custom', path: ['ip'], message: 'give one of fqdn, ip and unix' });
  },
);

const appProtocol = z.enum([
  'gateway.envoyproxy.io/h2c',
  'gateway.envoyproxy.io/ws',
  'gateway.envoyproxy.io/wss',
]);

const spec = tolerant(
  {
    type: z
      .literal('Endpoints', 'must be Endpoints: no other type of Backend is supported')
      .default('Endpoints'),
    endpoints: z.array(endpoint).min(1).max(256),
    appProtocols: z.array(appProtocol).max(16).default([]),
    fallback: z.boolean().default(false),
    tls: backendTlsSettings.optional(),
  },
  { type: 'Endpoints', endpoints: readable(endpoint), appProtocols: [], fallback: false, tls: undefined },
  ({ endpoints, tls }, context) => {
    const resolved = endpoints.filter(({ fqdn }) => fqdn !== undefined).length;
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['endpoints'], message });
    if (resolved > 0 && resolved < endpoints.length) refuse('must not mix fqdn with ip or unix');
    if (tls?.autoSNIFromEndpointHostname !== true) return;
    if (endpoints.some((one) => one.fqdn === undefined && one.hostname === undefined))
      refuse('need a hostname, which tls.autoSNIFromEndpointHostname sends');
  },
);

const backend = namingLeftOut(z.object({ metadata, spec }));

export type BackendRow = z.infer<typeof backend>;
export type BackendEndpoint = BackendRow['spec']['endpoints'][number];

/** Hosts by name, IP address or socket: https://gateway.envoyproxy.io/docs/api/extension_types/#backend */
export const backendObjectKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'Backend',
    versions: ['v1alpha1'],
    plural: 'backends',
    scope: 'namespaced',
    role: 'backend',
    status: { fields: { conditions: 'conditions' } },
  },
  backend,
  (row, namespace, name) => ({
    indexes: factsOf(row).map((fact) => backendThat(namespace, name, fact)),
    units: [objectUnit(resourceKey('Backend', namespace, name))],
    follow: referencesOf(row.spec).map((ref) =>
      resourceKey(ref.kind, ref.kind === 'ClusterTrustBundle' ? '' : namespace, ref.name),
    ),
  }),
);

function factsOf({
  metadata: ofObject,
  spec: { endpoints, appProtocols, fallback, tls, unreadable },
}: BackendRow) {
  const faults = unreadableParts({ ofObject, endpoints, unreadable }, '');
  const alpn = tls?.alpnProtocols ?? [];
  const facts: readonly (readonly [BackendFact, boolean])[] = [
    ['exists', true],
    ['closed', faults.length > 0],
    ['http2', appProtocols.includes('gateway.envoyproxy.io/h2c') || (alpn.length === 1 && alpn[0] === 'h2')],
    ['tls', tls !== undefined],
    ['requestName', tls?.sni === undefined && tls?.autoSNIFromEndpointHostname === false],
    ['wss', appProtocols.includes('gateway.envoyproxy.io/wss')],
    ['names', endpoints.some(({ fqdn }) => fqdn !== undefined)],
    ['loopback', endpoints.some(isLoopback)],
    ['unix', endpoints.some(({ unix }) => unix !== undefined)],
    ['fallback', fallback],
  ];
  return facts.flatMap(([fact, isTrue]) => (isTrue ? [fact] : []));
}

/** Returns true for an endpoint on the proxy's own host. */
export function isLoopback({ fqdn, ip }: Pick<BackendEndpoint, 'fqdn' | 'ip'>): boolean {
  if (ip !== undefined) return addressScope(ip.address) === 'loopback';
  return fqdn !== undefined && /(^|\.)localhost$/.test(fqdn.hostname);
}

function referencesOf({ tls }: BackendRow['spec']) {
  if (tls === undefined) return [];
  const { caCertificateRefs: authorities, clientCertificateRef: certificate } = tls;
  return certificate === undefined ? authorities : [...authorities, certificate];
}
