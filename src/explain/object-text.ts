import { conditionText } from './conditions.ts';
import type { ObjectExplanation } from './explain-object.ts';
import { proxyLines } from './proxy-lines.ts';

/** Returns lines for people; the second is the answer. */
export function objectLines(explanation: ObjectExplanation): string[] {
  const { object, answer, targets, listeners, conditions, why, places } = explanation;
  return [
    object,
    answer,
    '',
    ...targets.map((target) => `  target        ${target}`),
    ...listeners.map(
      ({ name, port, protocol, hostname }) =>
        `  listener      ${name}: ${protocol} port ${port}, ${hostname}`,
    ),
    ...conditions.map((condition) => `  condition     ${conditionText(condition)}`),
    ...why.map((reason) => `  why           ${reason}`),
    ...places.flatMap(({ gateway, names, proxies }) => [
      `  at            Gateway ${gateway}: ${names.slice(0, maxNames).join(', ')}${names.length > maxNames ? ', …' : ''}`,
      ...proxyLines(proxies).map((line) => `  ${line}`),
    ]),
  ];
}

const maxNames = 10;
