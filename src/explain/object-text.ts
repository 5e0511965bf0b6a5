import { conditionText } from './conditions.ts';
import type { ObjectExplanation } from './explain-object.ts';
import { proxyLines } from './proxy-lines.ts';

/** Returns lines for people; the second is the answer. */
export function objectLines(explanation: ObjectExplanation): string[] {
  const { object, answer, targets, listeners, conditions, why, places } = explanation;
  const lines: (readonly [name: string, text: string])[] = [
    ...targets.map((target) => ['target', target] as const),
    ...listeners.map(
      ({ name, port, protocol, hostname }) =>
        ['listener', `${name}: ${protocol} port ${port}, ${hostname}`] as const,
    ),
    ...conditions.map((condition) => ['condition', conditionText(condition)] as const),
    ...why.map((reason) => ['why', reason] as const),
    ...places.flatMap(({ gateway, names, proxies }) => [
      ['at', `Gateway ${gateway}: ${shortened(names)}`] as const,
      ...proxyLines(proxies),
    ]),
  ];
  return [object, answer, '', ...lines.map(([name, text]) => `  ${name.padEnd(9)}  ${text}`)];
}

function shortened(names: readonly string[]): string {
  return `${names.slice(0, maxNames).join(', ')}${names.length > maxNames ? ', …' : ''}`;
}

const maxNames = 10;
