import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { flagName, flagsOf } from './command.ts';
import { helpText } from './help.ts';
import { commands } from './table.ts';

test.each([
  [['serve', '--config', 'a.yaml'], { config: 'a.yaml' }],
  [['infrastructure', '--config', 'a.yaml'], { config: 'a.yaml' }],
  [['serve', '--config=a.yaml'], { config: 'a.yaml' }],
  [['standalone', 'dir'], { directory: 'dir', xdsPort: 18_000, adminPort: 19_000, config: undefined }],
  [
    ['standalone', '--xds-port', '0', 'dir', '--admin-port=7'],
    { directory: 'dir', xdsPort: 0, adminPort: 7, config: undefined },
  ],
  [['translate', 'a'], { path: 'a', format: 'json', gateway: undefined, type: 'all', strict: false }],
  [
    ['translate', '--format', 'yaml', '--strict', '--gateway', 'a/b', '--type', 'routes', '--', '-dir'],
    { path: '-dir', format: 'yaml', gateway: 'a/b', type: 'routes', strict: true },
  ],
  [['translate', '-'], { path: '-', format: 'json', gateway: undefined, type: 'all', strict: false }],
  [['certgen', '--out', 'a'], { out: 'a', dns: [], gateway: [] }],
  [
    ['certgen', '--dns', 'a.b', '--out=d', '--gateway', 'n/g.x', '--dns=c', '--gateway=n/h'],
    {
      out: 'd',
      dns: ['a.b', 'c'],
      gateway: [
        { namespace: 'n', name: 'g.x' },
        { namespace: 'n', name: 'h' },
      ],
    },
  ],
  [['proxies'], { admin: undefined, output: 'table', wrong: false, proxy: undefined }],
  [
    ['proxies', '--wrong', '-o', 'json', 'web-1', '--admin', 'http://[::1]:7'],
    { admin: new URL('http://[::1]:7'), output: 'json', wrong: true, proxy: 'web-1' },
  ],
  [['config', 'schema'], { page: 'schema' }],
  [['completion', 'fish'], { shell: 'fish' }],
  [['help'], { command: undefined }],
  [['help', 'serve'], { command: 'serve' }],
])('%j is understood', (args, input) => {
  expect(parseCommandLine(args)).toMatchObject({ kind: 'run', command: args[0], bound: { input } });
});

test.each([
  [['--help'], { command: 'help', bound: { input: { command: undefined } } }],
  [['serve', '--config', 'a', '--help'], { command: 'help', bound: { input: { command: 'serve' } } }],
  [['translate', '-h'], { command: 'help', bound: { input: { command: 'translate' } } }],
  [['--version'], { command: 'version', bound: { input: {} } }],
])('%j is the same as a command', (args, line) => {
  expect(parseCommandLine(args)).toMatchObject({ kind: 'run', ...line });
});

test.each([
  [[], 'sluice: name a command; sluice --help lists them'],
  [['serv'], 'sluice: "serv" is no command; did you mean serve?'],
  [['banana'], 'sluice: "banana" is no command; see sluice --help'],
  [['__proto__'], 'sluice: "__proto__" is no command; see sluice --help'],
  [['--versoin'], 'sluice: "--versoin" is no flag; did you mean --version?'],
  [['serve'], 'sluice: serve: --config FILE is missing'],
  [['infrastructure'], 'sluice: infrastructure: --config FILE is missing'],
  [['serve', '--config'], 'sluice: serve: --config needs a value'],
  [['serve', '--config='], 'sluice: serve: --config needs a value'],
  [['serve', '--config', 'a', '--config', 'b'], 'sluice: serve: --config is given twice'],
  [['serve', '--confg', 'a'], 'sluice: serve: "--confg" is no flag; did you mean --config?'],
  [['serve', '-c', 'a'], 'sluice: serve: "-c" is no flag; see sluice --help'],
  [['serve', '--config', 'a', 'b'], 'sluice: serve: "b" is one argument too many'],
  [['standalone'], 'sluice: standalone: DIR is missing; sluice standalone --help explains it'],
  [['standalone', ''], 'sluice: standalone: DIR is missing; sluice standalone --help explains it'],
  [
    ['standalone', 'a', '--xds-port', '65536'],
    'sluice: standalone: --xds-port must be a number from 0 to 65535',
  ],
  [
    ['standalone', 'a', '--admin-port', '-1'],
    'sluice: standalone: --admin-port must be a number from 0 to 65535',
  ],
  [['translate', 'a', '--gateway', 'web'], 'sluice: translate: --gateway must be NAMESPACE/NAME (got "web")'],
  [['translate', 'a', '--format', 'xml'], 'sluice: translate: --format must be json or yaml (got "xml")'],
  [['certgen'], 'sluice: certgen: --out DIR is missing'],
  [['certgen', '--out', 'a', '--out', 'b'], 'sluice: certgen: --out is given twice'],
  [['certgen', '--out', 'a', '--dns', 'x_y'], 'sluice: certgen: --dns must be a DNS name (got "x_y")'],
  [
    ['certgen', '--out', 'a', '--dns', '10.0.0.1'],
    'sluice: certgen: --dns must be a DNS name (got "10.0.0.1")',
  ],
  ...['web', 'a/b/c', '../web', 'a/..', 'a.b/c', 'A/b', '/b'].map((name): [string[], string] => [
    ['certgen', '--out', 'a', '--gateway', name],
    `sluice: certgen: --gateway must be NAMESPACE/NAME (got "${name}")`,
  ]),
  [['proxies', ''], 'sluice: proxies: PROXY is missing; sluice proxies --help explains it'],
  [['proxies', 'a', 'b'], 'sluice: proxies: "b" is one argument too many'],
  [['proxies', '--wrong=yes'], 'sluice: proxies: --wrong takes no value'],
  [['proxies', '--wrong', '--wrong'], 'sluice: proxies: --wrong is given twice'],
  ...['localhost:19000', 'https://localhost', 'http://a/b', 'http://u:p@a', 'http://a/?x', '10.0.0.1'].map(
    (url): [string[], string] => [
      ['proxies', '--admin', url],
      'sluice: proxies: --admin must be an http:// URL, such as http://127.0.0.1:19000',
    ],
  ),
  [['config', 'scheme'], 'sluice: config: "scheme" is no schema|reference; did you mean schema?'],
  [['config'], 'sluice: config: schema|reference is missing; sluice config --help explains it'],
  [['help', 'prxies'], 'sluice: help: "prxies" is no COMMAND; did you mean proxies?'],
  [['completion', 'tcsh'], 'sluice: completion: "tcsh" is no bash|zsh|fish; see sluice completion --help'],
  [['version', 'x'], 'sluice: version: "x" is one argument too many'],
])('%j is one line that says what to write', (args, line) => {
  expect(parseCommandLine(args)).toEqual({ kind: 'error', line });
});

test.each(commands)('the help of $name lists each of its flags with its meaning', (command) => {
  expect(helpText()).toContain(`  sluice ${command.name}`);
  const text = helpText(command.name);
  for (const [name, { value, help, byDefault = '' }] of flagsOf(command)) {
    const line = text
      .split('\n')
      .find((one) => one.includes(`--${flagName(name)}${value === undefined ? '' : ` ${value}`}  `));
    expect(line).toContain(help);
    expect(line).toContain(byDefault);
  }
});

test.each(commands)(
  'an input of $name that is one of a list takes each of them, and nothing else',
  ({ inputs }) => {
    for (const { completes, read } of Object.values(inputs)) {
      if (typeof completes !== 'object') continue;
      for (const word of completes) expect(read([word])).toEqual({ kind: 'value', value: word });
      expect(read(['no such word'])).toMatchObject({ kind: 'problem' });
    }
  },
);
