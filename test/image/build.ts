import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { outside } from '../rig/load/outside.ts';

export interface BuiltImage {
  /** Stands for `/`. */
  readonly folder: string;
  readonly bases: readonly string[];
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
}

interface Stage {
  readonly name: string | undefined;
  readonly folder: string;
  readonly base: string;
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: readonly string[];
}

/**
 * Follows the Dockerfile without a container: each stage is an empty folder under `into`, with this machine as its base
 * and exactly the copied files. Throws at an instruction that our Dockerfile does not have.
 */
export function buildImage(root: string, into: string): BuiltImage {
  const stages: Stage[] = [];
  const args = new Map<string, string>();
  const ignored = ignoreRules(root);
  for (const [instruction, rest] of instructions(readFileSync(join(root, 'Dockerfile'), 'utf8'))) {
    const text = rest.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args.get(name) ?? '');
    const stage = stages.at(-1);
    if (instruction === 'ARG') {
      const [name = '', value = ''] = text.split('=');
      args.set(name, value);
    } else if (instruction === 'FROM') {
      const [base = '', , name] = text.split(' ');
      const folder = join(into, String(stages.length));
      mkdirSync(folder, { recursive: true });
      stages.push({ name, folder, base, env: {}, labels: {}, workdir: '/', user: 'root', entrypoint: [] });
    } else if (stage === undefined) throw new Error(`${instruction} before FROM`);
    else if (instruction === 'WORKDIR') {
      stage.workdir = text;
      mkdirSync(join(stage.folder, text), { recursive: true });
    } else if (instruction === 'ENV') {
      const [name = '', value = ''] = text.split('=');
      stage.env[name] = value;
    } else if (instruction === 'LABEL') {
      const [name = '', value = ''] = text.split('=');
      stage.labels[name] = value.replaceAll('"', '');
    } else if (instruction === 'COPY') copy(stage, text.split(' '), stages, root, ignored);
    else if (instruction === 'RUN') run(stage, text);
    else if (instruction === 'USER') stage.user = text;
    else if (instruction === 'ENTRYPOINT') stage.entrypoint = JSON.parse(text) as string[];
    else if (instruction !== 'EXPOSE' && instruction !== 'CMD') throw new Error(`unknown: ${instruction}`);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('no FROM');
  return { ...last, bases: stages.map(({ base }) => base) };
}

function instructions(text: string): (readonly [string, string])[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [instruction = '', ...rest] = line.split(' ');
      return [instruction, rest.join(' ')] as const;
    });
}

type Ignored = (path: string) => boolean;

/** https://docs.docker.com/build/concepts/context/#dockerignore-files: the last rule that matches a path or a folder of it. */
function ignoreRules(root: string): Ignored {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: line.replace(/^!/, '') }));
  return (path) => {
    const parts = path.split('/');
    const selfAndFolders = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
    const last = rules.findLast(({ pattern }) => selfAndFolders.some((each) => matchesGlob(each, pattern)));
    return last !== undefined && !last.keeps;
  };
}

function copy(
  stage: Stage,
  words: readonly string[],
  stages: readonly Stage[],
  root: string,
  ignored: Ignored,
): void {
  const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : undefined;
  const sources = words.slice(from === undefined ? 0 : 1, -1);
  const target = join(stage.folder, stage.workdir, words.at(-1) ?? '');
  for (const source of sources) {
    if (from !== undefined) {
      const other = stages.find(({ name }) => name === from);
      if (other === undefined) throw new Error(`no stage ${from}`);
      cpSync(join(other.folder, source), target, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const isFile = statSync(join(root, source)).isFile();
    const files = isFile ? [source] : globSync(`${source}/**`, { cwd: root, exclude: ['proto/gen'] });
    for (const file of files) {
      if (ignored(file) || !statSync(join(root, file)).isFile()) continue;
      const to = isFile ? join(target, basename(file)) : join(target, file.slice(source.length + 1));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(root, file), to);
    }
  }
}

/** npm waits longer for a registry that it cannot reach. */
const runLimitMs = 240_000;

function run({ folder, workdir, env }: Stage, command: string): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: join(folder, workdir),
    env: { ...outside(), ...env },
    encoding: 'utf8',
    timeout: runLimitMs,
  });
  if (status !== 0) throw new Error(`RUN ${command}: ${stdout}${stderr}`);
}
