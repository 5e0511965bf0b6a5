import type { Authorization } from '../../../kinds/envoy-gateway/authorization.ts';
import type { SecuritySpec } from '../../../kinds/envoy-gateway/security-policy.ts';
import type { Problem } from '../../../kinds/row.ts';
import { celProblem } from '../../listeners/cel-problem.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import type { AuthorizationIR } from '../../security-ir.ts';

/** Without a default action, requests that no rule matches are refused. */
export function authorizationOf({ rules = [], defaultAction = 'Deny' }: Authorization): AuthorizationIR {
  return { rules, rest: defaultAction };
}

/** Lists expressions that Envoy would reject, and names of providers that verify no token. */
export function authorizationProblems(
  namespace: string,
  { authorization, jwt }: Pick<SecuritySpec, 'authorization' | 'jwt'>,
): Problem[] {
  const providers = new Set(jwt?.providers.map(({ name }) => name));
  let expressions = 0;
  return (authorization?.rules ?? []).flatMap(({ operation, principal, cel }, i) => {
    const path = `spec.authorization.rules[${i}]`;
    const pattern = operation?.path?.type === 'RegularExpression' ? operation.path.value : undefined;
    const problem = pattern === undefined ? undefined : regexProblem(pattern, namespace);
    const provider = principal?.jwt?.provider;
    const expression = cel === undefined ? undefined : expressionProblem(cel, ++expressions);
    return [
      ...(expression === undefined ? [] : [{ path: `${path}.cel`, message: expression }]),
      ...(problem === undefined ? [] : [{ path: `${path}.operation.path.value`, message: problem }]),
      ...(provider === undefined || providers.has(provider)
        ? []
        : [{ path: `${path}.principal.jwt.provider`, message: 'must name one of spec.jwt.providers' }]),
    ];
  });
}

/** Authors of policies see the answers to their own requests, and must not read from the proxy by them. */
const attributes = new Set(['request', 'source', 'destination', 'connection', 'metadata']);

/** Envoy reads the expression inside of a format, in which a percent sign has a meaning. */
function expressionProblem(expression: string, count: number): string | undefined {
  if (count > maxExpressions) return `the policy has ${maxExpressions} expressions already`;
  return expression.includes('%') ? 'must not have a percent sign' : celProblem(expression, attributes);
}

/** Each costs every request of the policy's routes some microseconds: more refuse fewer policies and slow all requests. */
const maxExpressions = 16;
