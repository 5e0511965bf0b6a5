import { parseArgs } from 'node:util';

export interface Options {
  readonly nodes: readonly string[];
  readonly npms: readonly string[];
  /** Undefined: with and without. */
  readonly ignoreScripts: boolean | undefined;
  /** The first combination fetches Envoy, and does not use the shared one. */
  readonly fetchEnvoy: boolean;
}

const allNodes = ['20', '22', '24', '26'];
const allNpms = ['10', '11', '12'];

/** Throws an Error of one line. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      node: { type: 'string', multiple: true },
      npm: { type: 'string', multiple: true },
      'ignore-scripts': { type: 'boolean' },
      'fetch-envoy': { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  return {
    nodes: known('node', values.node, allNodes),
    npms: known('npm', values.npm, allNpms),
    ignoreScripts: values['ignore-scripts'],
    fetchEnvoy: values['fetch-envoy'],
  };
}

function known(
  name: string,
  asked: readonly string[] | undefined,
  all: readonly string[],
): readonly string[] {
  const strange = asked?.find((version) => !all.includes(version));
  if (strange !== undefined) throw new Error(`--${name} is one of ${all.join(', ')}, not ${strange}`);
  return asked ?? all;
}
