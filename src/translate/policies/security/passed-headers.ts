import type { Jwt } from '../../../kinds/envoy-gateway/jwt.ts';
import type { Oidc } from '../../../kinds/envoy-gateway/oidc.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { TokenHeaderIR } from '../../oidc-ir.ts';

const path = 'spec.oidc.passThroughAuthHeader';

/**
 * Returns headers by which a request passes without a login, as its token is verified behind it. HAZARD: the verification
 * must refuse every request that has such a header without a good token.
 */
export function passedHeaders(
  { passThroughAuthHeader, forwardIDToken }: Oidc,
  jwt: Jwt | undefined,
  problems: Problem[],
): TokenHeaderIR[] {
  if (!passThroughAuthHeader) return [];
  const found = (jwt?.providers ?? []).flatMap(headersOf);
  if (found.length === 0) problems.push({ path, message: 'needs a provider of jwt that reads a header' });
  if (jwt?.failOpen === true)
    problems.push({
      path,
      message: 'must not be given with jwt.failOpen: any value of the header would pass',
    });
  const own = forwardIDToken?.header.toLowerCase();
  if (found.some(({ name }) => name === own))
    problems.push({
      path: 'spec.oidc.forwardIDToken.header',
      message: 'must not be a header from which jwt takes tokens, with passThroughAuthHeader',
    });
  return found;
}

function headersOf({ extractFrom }: Jwt['providers'][number]): TokenHeaderIR[] {
  if (extractFrom === undefined) return [{ name: 'authorization', prefix: 'Bearer ' }];
  return extractFrom.headers.map(({ name, valuePrefix }) => ({
    name: name.toLowerCase(),
    prefix: valuePrefix,
  }));
}
