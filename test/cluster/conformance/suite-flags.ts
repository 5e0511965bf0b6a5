import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Crds } from '../../rig/kube/gateway-crds.ts';

/** The bed's load balancer gives it to a Service that asks for it, and to no other before its 200th. */
export const usableAddress = '172.30.255.200';

/** No network has it, as it is for documentation: https://www.rfc-editor.org/rfc/rfc5737 */
const unusableAddress = '192.0.2.1';

const profiles = ['HTTP', 'GRPC', 'TLS', 'TCP', 'UDP'].map((name) => `GATEWAY-${name}`);

/** Provisional tests are among those that run. */
export function suiteFlags(report: string, crds: Crds): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return [
    '-test.v',
    '-test.timeout=25m',
    '-gateway-class=sluice',
    `-conformance-profiles=${profiles.join(',')}`,
    // It refuses to start with the CRDs of another release otherwise.
    `-allow-crds-mismatch=${crds.version !== undefined}`,
    '-cleanup-base-resources=false',
    `-usable-address=${usableAddress}`,
    `-unusable-address=${unusableAddress}`,
    `-report-output=${report}`,
    '-organization=sluice',
    '-project=sluice',
    '-url=https://sluice.dev',
    `-version=${version}`,
    '-contact=https://sluice.dev',
  ];
}
