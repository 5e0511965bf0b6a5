import { backendReferences } from './backend-reference-cases.ts';
import { clientReferences } from './client-reference-cases.ts';
import { filterReferences } from './filter-reference-cases.ts';
import { gatewayReferences, listenerSetReferences } from './gateway-reference-cases.ts';
import { pluginReferences } from './plugin-reference-cases.ts';
import { targetCases } from './policy-reference-cases.ts';
import { proxyReferences } from './proxy-reference-cases.ts';
import type { ReferenceCases } from './reference-case.ts';
import { routeReferences } from './route-reference-cases.ts';
import { securityReferences } from './security-reference-cases.ts';
import { trafficReferences } from './traffic-reference-cases.ts';

/** Cases by kind and field. A new field fails `test/features/every-reference.test.ts` until its references are added here. */
export const references: ReferenceCases = {
  ...gatewayReferences,
  ...listenerSetReferences,
  ...routeReferences,
  ...proxyReferences,
  ...pluginReferences,
  ...backendReferences,
  ...filterReferences,
  ...trafficReferences,
  ...securityReferences,
  ...clientReferences,
  ...targetCases('EnvoyPatchPolicy', 'Gateway'),
};
