import * as m from './manifests.ts';
import { targetCases } from './policy-reference-cases.ts';
import { base, type ReferenceCases } from './reference-case.ts';

/** Cases of BackendTrafficPolicies. */
export const trafficReferences: ReferenceCases = {
  ...targetCases('BackendTrafficPolicy', 'HTTPRoute'),
  'BackendTrafficPolicy spec.rateLimit.local.rules[].clientSelectors[]': 'selects requests',
  'BackendTrafficPolicy spec.responseOverride[].response.body.valueRef': {
    sources: [
      ...base,
      m.service(),
      m.httpRoute([{ backendRefs: [m.backend()] }]),
      m.policy('BackendTrafficPolicy', {
        targetRefs: [{ kind: 'Gateway', name: 'web' }],
        responseOverride: [
          {
            match: { statusCodes: [{ value: 404 }] },
            response: { body: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'target' } } },
          },
        ],
      }),
    ],
    target: [m.configMap({ 'response.body': 'one' }), m.configMap({ 'response.body': 'two' })],
  },
  'BackendTrafficPolicy spec.telemetry.tracing.spanName': 'a name that it gives',
  'BackendTrafficPolicy spec.telemetry.metrics.routeStatName': 'a name in statistics',
};
