import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { configSchema, type Config, type ConfigInput } from './config.ts';
import { issueMessage, type Issue, type Path } from './issue.ts';
import { brokenRules } from './rules.ts';
import { parseYaml } from './yaml-source.ts';

/** A bad config has a `line` for the user: `FILE:LINE: OPTION: what is wrong (got …)`. */
export type LoadedConfig =
  | { readonly kind: 'ok'; readonly config: Config }
  | { readonly kind: 'error'; readonly line: string };

/** Adds what another part of the program decides to what a file says. */
type Complete = (given: unknown) => unknown;

/** Reads and checks a config file. Never throws. Relative paths in the file start at its folder. */
export function loadConfig(file: string, complete: Complete = asGiven): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { kind: 'error', line: `${file}: cannot be read (${failureText(error)})` };
  }
  return parseConfig(text, file, complete);
}

/** `file` stands in the error line and is the base of relative paths. */
export function parseConfig(text: string, file: string, complete: Complete = asGiven): LoadedConfig {
  const source = parseYaml(text);
  if (source.kind === 'broken') return { kind: 'error', line: `${file}:${source.line}: ${source.message}` };
  const checked = checkConfig(complete(source.value), dirname(resolve(file)));
  if (checked.kind === 'ok') return checked;
  const places = checked.issues
    .map((issue) => ({ issue, line: source.lineOf(issue.path) }))
    .sort((a, b) => a.line - b.line);
  const [first] = places;
  if (first === undefined) return { kind: 'error', line: `${file}: is not a config` };
  const more = places.length - 1;
  const rest = more === 0 ? '' : ` (and ${more} more)`;
  return {
    kind: 'error',
    line: `${file}:${first.line}: ${pathText(first.issue.path)}${first.issue.message}${rest}`,
  };
}

function asGiven(given: unknown): unknown {
  return given;
}

/** Checks a config made by code, such as `sluice standalone`; relative paths start at `directory`. */
export function configFrom(input: ConfigInput, directory: string): LoadedConfig {
  const checked = checkConfig(input, directory);
  if (checked.kind === 'ok') return checked;
  const [first] = checked.issues;
  return { kind: 'error', line: first === undefined ? '' : `${pathText(first.path)}${first.message}` };
}

function checkConfig(
  input: unknown,
  directory: string,
): { kind: 'ok'; config: Config } | { kind: 'invalid'; issues: readonly Issue[] } {
  const parsed = configSchema.safeParse(input, { reportInput: true });
  if (!parsed.success) return { kind: 'invalid', issues: parsed.error.issues.flatMap(issueMessage) };
  const config = withAbsolutePaths(parsed.data, directory);
  const issues = brokenRules(config);
  return issues.length === 0 ? { kind: 'ok', config } : { kind: 'invalid', issues };
}

function withAbsolutePaths(config: Config, directory: string): Config {
  const { xds, wasm, sessions } = config;
  const { tls } = xds;
  return {
    ...config,
    wasm:
      wasm.cacheDirectory === ''
        ? wasm
        : { ...wasm, cacheDirectory: resolve(directory, wasm.cacheDirectory) },
    sessions: sessions.file === '' ? sessions : { ...sessions, file: resolve(directory, sessions.file) },
    provider: withAbsoluteProvider(config.provider, directory),
    xds:
      tls === 'off' || 'secret' in tls
        ? xds
        : {
            ...xds,
            tls: {
              certFile: resolve(directory, tls.certFile),
              keyFile: resolve(directory, tls.keyFile),
              caFile: resolve(directory, tls.caFile),
              tokenKeyFile: tls.tokenKeyFile === '' ? '' : resolve(directory, tls.tokenKeyFile),
            },
          },
  };
}

function withAbsoluteProvider(provider: Config['provider'], directory: string): Config['provider'] {
  if (provider.type === 'file')
    return {
      ...provider,
      file: { ...provider.file, directory: resolve(directory, provider.file.directory) },
    };
  const { kubeconfig } = provider.kubernetes;
  if (kubeconfig === '') return provider;
  return {
    ...provider,
    kubernetes: { ...provider.kubernetes, kubeconfig: resolve(directory, kubeconfig) },
  };
}

function pathText(path: Path): string {
  return path.length === 0 ? '' : `${path.join('.')}: `;
}
