import { configFrom, loadConfig, type LoadedConfig } from '../config/load.ts';
import { standaloneTranslate } from './standalone-translate.ts';

export interface StandaloneConfigOptions {
  readonly directory: string;
  readonly xdsPort: number;
  readonly adminPort: number;
  /** Outlives the state of a run, so that people stay logged in. */
  readonly sessionKeyFile: string;
  /** Config file of the user; undefined: none. */
  readonly config: string | undefined;
}

/**
 * Makes the config of `sluice standalone`. A config file may set all but what makes it standalone: the folder, and that
 * its Envoys reach it on loopback without TLS, at the port of the flag.
 */
export function standaloneConfig({
  directory,
  xdsPort,
  adminPort,
  sessionKeyFile,
  config,
}: StandaloneConfigOptions): LoadedConfig {
  const fixed = {
    provider: { type: 'file', file: { directory } },
    xds: { port: xdsPort, address: '127.0.0.1', tls: 'off' },
    admin: { port: adminPort },
  } as const;
  const defaults = {
    translate: standaloneTranslate,
    sessions: { file: sessionKeyFile },
    log: { level: 'info', format: 'text' },
  } as const;
  if (config === undefined) return configFrom({ ...fixed, ...defaults }, directory);
  return loadConfig(config, (given) => {
    // The schema names what is no section.
    if (given !== null && given !== undefined && !isSection(given)) return given;
    const all: Record<string, unknown> = { ...given, provider: fixed.provider };
    for (const [name, section] of Object.entries(defaults)) all[name] = merged(section, given?.[name]);
    for (const name of ['xds', 'admin'] as const) all[name] = merged(given?.[name], fixed[name]);
    return all;
  });
}

type Section = Readonly<Record<string, unknown>>;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the fields of both, of which the second's win; a second that is no section is the schema's to name. */
function merged(first: unknown, second: unknown): unknown {
  if (second === undefined || second === null) return first;
  if (!isSection(second)) return second;
  return isSection(first) || first === undefined || first === null ? { ...first, ...second } : first;
}
