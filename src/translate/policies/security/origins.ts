import type { Csrf, PolicyCors } from '../../../kinds/envoy-gateway/origins.ts';
import type { CORSPolicyIR } from '../../ir.ts';
import type { CsrfIR } from '../../security-ir.ts';

export function corsOf({ maxAge, ...rest }: PolicyCors): CORSPolicyIR {
  return { ...rest, maxAgeSeconds: maxAge === undefined ? undefined : Math.floor(maxAge / 1000) };
}

export function csrfOf({ shadowFraction, additionalOrigins }: Csrf): CsrfIR {
  const { numerator, denominator } = shadowFraction ?? { numerator: 0, denominator: 100 };
  return {
    enforced: Math.round((1 - numerator / denominator) * 1_000_000),
    countsRest: shadowFraction !== undefined,
    hosts: additionalOrigins.map(hostOf),
  };
}

/** Envoy compares hosts alone, as browsers send them: in lower case, without the scheme's own port. */
function hostOf(origin: string): string {
  const [scheme = '', host] = origin.toLowerCase().split('://');
  if (host === undefined) return scheme;
  const port = ownPorts.get(scheme);
  return port !== undefined && host.endsWith(port) ? host.slice(0, -port.length) : host;
}

const ownPorts: ReadonlyMap<string, string> = new Map([
  ['https', ':443'],
  ['http', ':80'],
]);
