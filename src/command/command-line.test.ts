import { expect, test } from 'vitest';
import { commands } from './command-table.ts';
import { parseCommandLine } from './command-line.ts';
import { helpText } from './help.ts';

const localAdmin = new URL('http://127.0.0.1:19000');

test.each([
  [['serve', '--config', 'a.yaml'], { kind: 'serve', config: 'a.yaml' }],
  [['infrastructure', '--config', 'a.yaml'], { kind: 'infrastructure', config: 'a.yaml' }],
  [['serve', '--config=a.yaml'], { kind: 'serve', config: 'a.yaml' }],
  [['standalone', 'dir'], { kind: 'standalone', directory: 'dir', xdsPort: 18_000, adminPort: 19_000 }],
  [
    ['standalone', '--xds-port', '0', 'dir', '--admin-port=7'],
    { kind: 'standalone', directory: 'dir', xdsPort: 0, adminPort: 7 },
  ],
  [['translate', 'a'], { kind: 'translate', path: 'a', format: 'json' }],
  [['translate', '--format', 'yaml', '--', '-dir'], { kind: 'translate', path: '-dir', format: 'yaml' }],
  [['certgen', '--out', 'a'], { kind: 'certgen', folder: 'a', dnsNames: [], gateways: [] }],
  [
    ['certgen', '--dns', 'a.b', '--out=d', '--gateway', 'n/g.x', '--dns=c', '--gateway=n/h'],
    {
      kind: 'certgen',
      folder: 'd',
      dnsNames: ['a.b', 'c'],
      gateways: [
        { namespace: 'n', name: 'g.x' },
        { namespace: 'n', name: 'h' },
      ],
    },
  ],
  [['proxies'], { kind: 'proxies', admin: localAdmin, json: false, proxy: undefined }],
  [
    ['proxies', '--json', 'web-1', '--admin', 'http://[::1]:7'],
    { kind: 'proxies', admin: new URL('http://[::1]:7'), json: true, proxy: 'web-1' },
  ],
  [['config', 'schema'], { kind: 'config', page: 'schema' }],
  [['--help'], { kind: 'help', command: undefined }],
  [['serve', '--config', 'a', '--help'], { kind: 'help', command: 'serve' }],
  [['translate', '-h'], { kind: 'help', command: 'translate' }],
  [['--version'], { kind: 'version' }],
])('%j is understood', (args, command) => {
  expect(parseCommandLine(args)).toEqual(command);
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
  [['proxies', ''], 'sluice: proxies: [PROXY] is missing; sluice proxies --help explains it'],
  [['proxies', 'a', 'b'], 'sluice: proxies: "b" is one argument too many'],
  [['proxies', '--json=yes'], 'sluice: proxies: --json takes no value'],
  [['proxies', '--json', '--json'], 'sluice: proxies: --json is given twice'],
  ...['localhost:19000', 'https://localhost', 'http://a/b', 'http://u:p@a', 'http://a/?x', '10.0.0.1'].map(
    (url): [string[], string] => [
      ['proxies', '--admin', url],
      'sluice: proxies: --admin must be an http:// URL, such as http://127.0.0.1:19000',
    ],
  ),
  [['config', 'scheme'], 'sluice: config: "scheme" is neither schema nor reference; did you mean schema?'],
])('%j is one line that says what to write', (args, line) => {
  expect(parseCommandLine(args)).toEqual({ kind: 'error', line });
});

test('the help lists every command, and the help of a command every flag', () => {
  for (const { name, flags } of commands) {
    expect(helpText()).toContain(`  sluice ${name}`);
    expect(parseCommandLine([name, '--help'])).toEqual({ kind: 'help', command: name });
    for (const flag of flags)
      expect(helpText(name)).toContain(
        `  --${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}  `,
      );
  }
});

test('the help is as printed here', () => {
  expect([undefined, ...commands.map(({ name }) => name)].map(helpText).join('\n---\n')).toMatchSnapshot();
});
