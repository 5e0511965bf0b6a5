import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envoyGatewayCrds, envoyGatewayFields } from '../rig/kube/envoy-gateway-crds.ts';

// `node test/cluster/list-envoy-gateway-fields.ts` writes the list anew, for another release of Envoy Gateway.
writeFileSync(
  join(import.meta.dirname, '../../docs/envoy-gateway-fields.txt'),
  envoyGatewayFields(await envoyGatewayCrds()),
);
