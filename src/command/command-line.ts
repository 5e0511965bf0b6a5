import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { nearest } from '../lib/nearest.ts';
import { commands, type CommandEntry } from './command-table.ts';

export type Command =
  | { readonly kind: 'help'; readonly command: string | undefined }
  | { readonly kind: 'version' }
  | { readonly kind: 'serve' | 'infrastructure'; readonly config: string }
  | {
      readonly kind: 'standalone';
      readonly directory: string;
      readonly xdsPort: number;
      readonly adminPort: number;
    }
  | { readonly kind: 'translate'; readonly path: string; readonly format: 'json' | 'yaml' }
  | {
      readonly kind: 'certgen';
      readonly folder: string;
      readonly dnsNames: readonly string[];
      readonly gateways: readonly { readonly namespace: string; readonly name: string }[];
    }
  | {
      readonly kind: 'proxies';
      readonly admin: URL;
      readonly json: boolean;
      /** Node id of one proxy; undefined: all. */
      readonly proxy: string | undefined;
    }
  | { readonly kind: 'config'; readonly page: 'schema' | 'reference' }
  /** A bad command line; `line` says what to write instead. */
  | { readonly kind: 'error'; readonly line: string };

/** Reads the arguments after the program's name. Never throws. */
export function parseCommandLine(args: readonly string[]): Command {
  const [name, ...rest] = args;
  if (name === undefined) return wrong('name a command; sluice --help lists them');
  if (name === '--help' || name === '-h') return { kind: 'help', command: undefined };
  if (name === '--version') return { kind: 'version' };
  const entry = commands.find((command) => command.name === name);
  if (entry !== undefined) return parseCommand(entry, rest);
  const names = name.startsWith('-') ? ['--help', '--version'] : commands.map((command) => command.name);
  return wrong(`${quoted(name)} is no ${name.startsWith('-') ? 'flag' : 'command'}${meant(name, names)}`);
}

function parseCommand(entry: CommandEntry, args: readonly string[]): Command {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        entry.flags.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
      ),
    },
  });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help' && token.value === undefined) return { kind: 'help', command: entry.name };
    const flag = entry.flags.find(({ name }) => name === token.name);
    if (flag === undefined) {
      const names = ['--help', ...entry.flags.map(({ name }) => `--${name}`)];
      return wrong(`${entry.name}: ${quoted(token.rawName)} is no flag${meant(token.rawName, names)}`);
    }
    const before = values.get(token.name) ?? [];
    if (before.length > 0 && flag.repeats !== true)
      return wrong(`${entry.name}: --${token.name} is given twice`);
    if (flag.value === undefined) {
      if (token.value !== undefined) return wrong(`${entry.name}: --${token.name} takes no value`);
    } else if (token.value === undefined || token.value === '')
      return wrong(`${entry.name}: --${token.name} needs a value`);
    values.set(token.name, [...before, token.value ?? '']);
  }
  const wanted = entry.argument === undefined ? 0 : 1;
  const extra = positionals[wanted];
  if (extra !== undefined) return wrong(`${entry.name}: ${quoted(extra)} is one argument too many`);
  return build(entry, positionals[0], values);
}

function build(
  entry: CommandEntry,
  argument: string | undefined,
  values: ReadonlyMap<string, readonly string[]>,
): Command {
  const isOptional = entry.argument?.startsWith('[') === true;
  if (entry.argument !== undefined && (isOptional ? argument === '' : (argument ?? '') === '')) {
    return wrong(`${entry.name}: ${entry.argument} is missing; sluice ${entry.name} --help explains it`);
  }
  const text = argument ?? '';
  const one = (flag: string): string | undefined => values.get(flag)?.[0];
  switch (entry.name) {
    case 'serve':
    case 'infrastructure': {
      const config = one('config');
      return config === undefined
        ? wrong(`${entry.name}: --config FILE is missing`)
        : { kind: entry.name, config };
    }
    case 'standalone': {
      const xdsPort = portOf(one('xds-port') ?? '18000');
      const adminPort = portOf(one('admin-port') ?? '19000');
      if (xdsPort === undefined) return wrong('standalone: --xds-port must be a number from 0 to 65535');
      if (adminPort === undefined) return wrong('standalone: --admin-port must be a number from 0 to 65535');
      return { kind: 'standalone', directory: text, xdsPort, adminPort };
    }
    case 'translate': {
      const format = one('format') ?? 'json';
      if (format !== 'json' && format !== 'yaml') {
        return wrong(`translate: --format must be json or yaml (got ${quoted(format)})`);
      }
      return { kind: 'translate', path: text, format };
    }
    case 'certgen':
      return certgen(one('out'), values.get('dns') ?? [], values.get('gateway') ?? []);
    case 'proxies': {
      const admin = adminUrl(one('admin') ?? 'http://127.0.0.1:19000');
      if (admin === undefined)
        return wrong('proxies: --admin must be an http:// URL, such as http://127.0.0.1:19000');
      return { kind: 'proxies', admin, json: values.has('json'), proxy: argument };
    }
    default:
      if (text === 'schema' || text === 'reference') return { kind: 'config', page: text };
      return wrong(
        `config: ${quoted(text)} is neither schema nor reference${meant(text, ['schema', 'reference'])}`,
      );
  }
}

function certgen(
  folder: string | undefined,
  dnsNames: readonly string[],
  gateways: readonly string[],
): Command {
  if (folder === undefined) return wrong('certgen: --out DIR is missing');
  const badName = dnsNames.find((name) => !isDnsName(name));
  if (badName !== undefined) return wrong(`certgen: --dns must be a DNS name (got ${quoted(badName)})`);
  const badGateway = gateways.find((gateway) => !isGatewayName(gateway));
  if (badGateway !== undefined)
    return wrong(`certgen: --gateway must be NAMESPACE/NAME (got ${quoted(badGateway)})`);
  return {
    kind: 'certgen',
    folder,
    dnsNames,
    gateways: gateways.map((gateway) => {
      const [namespace = '', name = ''] = gateway.split('/');
      return { namespace, name };
    }),
  };
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^${label}(?:\\.${label})*$`);

/** An IP address looks like one. https://www.rfc-editor.org/rfc/rfc1123#section-2.1 */
function isDnsName(text: string): boolean {
  return text.length <= 253 && dnsName.test(text) && isIP(text) === 0;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function isGatewayName(text: string): boolean {
  const [namespace = '', name = '', ...rest] = text.split('/');
  return rest.length === 0 && namespaceName.test(namespace) && name.length <= 253 && objectName.test(name);
}

const namespaceName = new RegExp(`^${label}$`);
const objectName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** The admin server has no TLS, and its paths start at the root. */
function adminUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  return isPlain && url.username === '' && url.password === '' ? url : undefined;
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

function meant(text: string, candidates: readonly string[]): string {
  const candidate = nearest(text, candidates);
  return candidate === undefined ? '; see sluice --help' : `; did you mean ${candidate}?`;
}

function wrong(message: string): Command {
  return { kind: 'error', line: `sluice: ${message}` };
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 77)}...`);
}
