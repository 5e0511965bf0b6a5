import * as fc from 'fast-check';
import { policyTargets } from './any-policy-edit.ts';
import { edit, type Edit } from './edit.ts';
import * as m from './manifests.ts';

/** Edits of BackendTrafficPolicies for those Gateways and routes, and of HTTPRouteFilters with the Secrets that they name. */
export function anyTrafficEdit(): fc.Arbitrary<Edit> {
  return fc.oneof(
    ...policies.map(([namespace, name]) => trafficEdit(namespace, name)),
    ...filterNames.map(filterEdit),
    ...['default', 'other'].map(credentialEdit),
  );
}

const policies = [
  ['default', 't0'],
  ['default', 't1'],
  ['other', 't2'],
] as const;

const filterNames = ['f0', 'f1'] as const;

/** A filter of a rule, maybe one that does not exist. */
export const anyRouteFilter = fc.constantFrom(...filterNames, 'missing').map((name) => m.toFilter(name));

const settings = fc.constantFrom<object>(
  { timeout: { http: { requestTimeout: '3s' } } },
  { circuitBreaker: { maxConnections: 1 } },
  { circuitBreaker: { maxConnections: 2 }, retry: { numRetries: 1 } },
  { loadBalancer: { type: 'Random' }, healthCheck: { active: { type: 'HTTP', http: { path: '/' } } } },
  {
    loadBalancer: {
      type: 'ConsistentHash',
      consistentHash: { type: 'Headers', headers: [{ name: 'x-user' }] },
    },
  },
  { faultInjection: { abort: { httpStatus: 418 } }, compressor: [{ type: 'Gzip' }] },
  { bandwidthLimit: {} },
);

const limit = fc
  .record({
    requests: fc.constantFrom(5, 10),
    unit: fc.constantFrom('Minute', 'Hour'),
    clientSelectors: fc.constantFrom<object[]>(
      [],
      [{ headers: [{ name: 'x-user', type: 'Distinct' }] }],
      [{ headers: [{ name: 'x-plan', value: 'gold' }] }],
    ),
  })
  .map(({ requests, unit, clientSelectors }) => ({ clientSelectors, limit: { requests, unit } }));

const treatment = fc.record({
  rateLimit: fc.option(
    fc.uniqueArray(limit, { maxLength: 2, selector: (of) => of.clientSelectors.length }).map((rules) => ({
      type: 'Local',
      local: { rules },
    })),
    { nil: undefined },
  ),
  circuitBreaker: fc.constantFrom(undefined, { maxConnections: 10 }, { maxConnections: 20 }),
});

function trafficEdit(namespace: string, name: string): fc.Arbitrary<Edit> {
  const creationTimestamp = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
  const manifest = fc
    .tuple(policyTargets, fc.oneof(settings, treatment), creationTimestamp)
    .map(([of, spec, created]) =>
      m.policy('BackendTrafficPolicy', { ...of, ...spec }, { namespace, name, creationTimestamp: created }),
    );
  return edit('BackendTrafficPolicy', namespace, name, manifest);
}

const parts = fc.constantFrom<object>(
  { credentialInjection: { credential: { valueRef: { name: 'key' } } } },
  { credentialInjection: { overwrite: true, credential: { valueRef: { name: 'key' } } } },
  { credentialInjection: { credential: { valueRef: { name: 'key', namespace: 'other' } } } },
  {
    urlRewrite: {
      path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern: '^/(a+)', substitution: '/x' } },
    },
  },
  { directResponse: { statusCode: 503, body: { type: 'Inline', inline: 'closed' } } },
  { matches: [{ cookies: [{ name: 'a', value: '1' }] }] },
  { directResponse: { statusCode: 42 } },
);

function filterEdit(name: string): fc.Arbitrary<Edit> {
  return edit(
    'HTTPRouteFilter',
    'default',
    name,
    parts.map((spec) => m.routeFilter(spec, { name })),
  );
}

function credentialEdit(namespace: string): fc.Arbitrary<Edit> {
  const secrets = ['Bearer a', 'Bearer b'].map((text) => credential(namespace, text));
  return edit('Secret', namespace, 'key', fc.constantFrom(...secrets));
}

function credential(namespace: string, text: string): object {
  const metadata = { name: 'key', namespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: { credential: text } };
}

/** A filter with a credential, which exist from the start. */
export const initialFilter: readonly object[] = [
  m.routeFilter({ credentialInjection: { credential: { valueRef: { name: 'key' } } } }, { name: 'f0' }),
  credential('default', 'Bearer a'),
];
