import type { HTTPRouteFilter } from '../../../kinds/gateway-api/http-route.ts';
import type { HeaderIR, HeaderModifierIR } from '../../ir.ts';
import { type RouteProblem, unsupportedValue } from '../problem.ts';

type HeaderFilter = Extract<HTTPRouteFilter, { type: 'RequestHeaderModifier' }>['requestHeaderModifier'];

/** Envoy rejects a RouteConfiguration that changes `Host` or a pseudo header, or has a line break in a value. */
export function translateHeaderModifier(
  filter: HeaderFilter,
  path: string,
  problems: RouteProblem[],
): HeaderModifierIR {
  return {
    set: headers(filter.set, `${path}.set`, problems),
    add: headers(filter.add, `${path}.add`, problems),
    remove: removals(filter.remove, `${path}.remove`, problems),
  };
}

/** Makes one modifier with the effect of two in turn. Envoy removes first, then sets, then adds. */
export function headersInTurn(first: HeaderModifierIR, second: HeaderModifierIR): HeaderModifierIR {
  const overruled = new Set([...second.set.map((header) => header.name), ...second.remove]);
  const kept = (header: HeaderIR) => !overruled.has(header.name);
  return {
    set: [...first.set.filter(kept), ...second.set],
    add: [...first.add.filter(kept), ...second.add],
    remove: [...new Set([...first.remove, ...second.remove])],
  };
}

/** Uses the first of several entries of one name. */
function headers(entries: HeaderFilter['set'], path: string, problems: RouteProblem[]): HeaderIR[] {
  const found = new Map<string, HeaderIR>();
  for (const [i, { name, value }] of entries.entries()) {
    const key = name.toLowerCase();
    if (found.has(key)) continue;
    const problem = nameProblem(key);
    if (problem !== undefined) problems.push(unsupportedValue(`${path}[${i}].name`, problem));
    if (/[\0\r\n]/.test(value)) {
      problems.push(unsupportedValue(`${path}[${i}].value`, 'must not hold line breaks or NUL'));
    }
    found.set(key, { name: key, value });
  }
  return [...found.values()];
}

function removals(names: readonly string[], path: string, problems: RouteProblem[]): string[] {
  const found = new Set<string>();
  for (const [i, name] of names.entries()) {
    const problem = nameProblem(name.toLowerCase());
    if (problem !== undefined) problems.push(unsupportedValue(`${path}[${i}]`, problem));
    found.add(name.toLowerCase());
  }
  return [...found];
}

const token = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;

function nameProblem(name: string): string | undefined {
  if (name.startsWith(':')) return `must not name the pseudo header "${name}"`;
  if (name === 'host') return 'must not name Host; rewrite it with a URLRewrite filter';
  return token.test(name) ? undefined : 'must be an HTTP header name';
}
