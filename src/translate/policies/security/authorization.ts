import type { Authorization } from '../../../kinds/envoy-gateway/authorization.ts';
import type { SecuritySpec } from '../../../kinds/envoy-gateway/security-policy.ts';
import type { Problem } from '../../../kinds/row.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import type { AuthorizationIR } from '../../security-ir.ts';

/** Without a default action, requests that no rule matches are refused. */
export function authorizationOf({ rules = [], defaultAction = 'Deny' }: Authorization): AuthorizationIR {
  return { rules, rest: defaultAction };
}

/** Lists expressions that Envoy would reject, and names of providers that verify no token. */
export function authorizationProblems(namespace: string, { authorization, jwt }: SecuritySpec): Problem[] {
  const providers = new Set(jwt?.providers.map(({ name }) => name));
  return (authorization?.rules ?? []).flatMap(({ operation, principal }, i) => {
    const path = `spec.authorization.rules[${i}]`;
    const pattern = operation?.path?.type === 'RegularExpression' ? operation.path.value : undefined;
    const problem = pattern === undefined ? undefined : regexProblem(pattern, namespace);
    const provider = principal.jwt?.provider;
    return [
      ...(problem === undefined ? [] : [{ path: `${path}.operation.path.value`, message: problem }]),
      ...(provider === undefined || providers.has(provider)
        ? []
        : [{ path: `${path}.principal.jwt.provider`, message: 'must name one of spec.jwt.providers' }]),
    ];
  });
}
