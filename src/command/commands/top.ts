import { command } from '../command.ts';
import { choiceFlag, toggle } from '../inputs.ts';
import { placeInputs, placeText } from '../place.ts';

export const top = command({
  name: 'top',
  summary: 'show each second what every replica does, how late changes arrive, and what costs most',
  details: `Prints a line for each replica, from its metrics of the last second:
  EVENTS/S      changed objects, and COALESCED/S those of them that joined a change that was waiting already
  WAVES/S       waves that were translated, with UNITS/S units
  MAIN          share of the main thread, and WORKERS of one core that translation took
  ENDPOINT LAG  time from a change of endpoints to the answer of a proxy; ROUTE LAG of a change of any other object
  BEHIND        proxies that lack something; sluice proxies --wrong says what
  REFUSED/S     connections that Sluice refused, and responses that a proxy rejected
Lags are upper bounds, by the buckets of the metrics; - means that nothing arrived. Under it are the slowest kinds of units,
and the namespaces whose objects took most of the workers' time. It goes on until q or Ctrl-C; where the output is no
terminal, or with --once or -o json, it prints one second.
${placeText}`,
  inputs: {
    once: toggle('print one second, and end'),
    output: choiceFlag(['table', 'json'], 'table', 'form of the output', { short: 'o' }),
    ...placeInputs,
  },
  run: async (options, surroundings) => (await import('../top.ts')).top(options, surroundings),
});
