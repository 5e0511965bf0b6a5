import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseCommandLine } from '../../src/command/command-line.ts';
import { kindOf } from '../../src/kinds/followed-kinds.ts';
import { blocksOf, commandsOf, pages, root } from './pages.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const blocks = pages.flatMap(({ path, text }) => blocksOf(text).map((block) => ({ path, ...block })));
const lines = blocks.flatMap(({ path, language, text }) =>
  language === 'sh' ? commandsOf(text).map((line) => ({ path, line })) : [],
);

/** Commands that another test runs word by word, and that test. */
const runElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/install/combination.ts',
  // These two go where the first leads.
  'curl http://127.0.0.1:8080/': 'test/install/started.ts',
  "curl -H 'Host: green.example.com' http://127.0.0.1:8080/": 'test/install/started.ts',
};

function problemOf(line: string): string | undefined {
  if (Object.hasOwn(runElsewhere, line)) return fileProblem(runElsewhere[line] ?? '');
  if (line.startsWith('npx sluice ')) return sluiceProblem(line.replace('npx sluice ', '').split(' '));
  if (/^(\w+=\S+ )*(npm|npx|node) /.test(line)) return scriptProblem(line);
  if (line.startsWith('helm ')) return helmProblem(line);
  if (line.startsWith('kubectl ') || line.startsWith('curl ')) return clusterProblem(line);
  return 'belongs to no class of commands that is tried';
}

test.each(lines)('$path: $line', ({ line }) => {
  expect(problemOf(line)).toBeUndefined();
});

test('a block of commands names its language', () => {
  expect(
    blocks.filter(({ language }) => language === '').map(({ path, text }) => `${path}: ${text}`),
  ).toEqual([]);
});

test('every npm script that a page names exists', () => {
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/`npm run ([\w:]+)/g)].map(([, name = '']) => name),
  );
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test('objects of docs/in-a-cluster.md and docs/plugins.md are of kinds that Sluice follows, and can be read', () => {
  const shown = pages
    .filter(({ path }) => ['docs/in-a-cluster.md', 'docs/plugins.md'].includes(path))
    .flatMap(({ text }) =>
      [...text.matchAll(/^apiVersion: [\s\S]*?(?=^(?:EOF|```)$)/gm)].map(([object]) => object),
    );
  const objects = shown.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as Shown),
  );
  expect(objects.map(({ kind }) => kind)).toEqual(['Gateway', 'HTTPRoute', 'EnvoyExtensionPolicy']);
  for (const { metadata, ...object } of objects) {
    const parsed = kindOf(object.kind)?.parse({ ...object, metadata: { namespace: 'default', ...metadata } });
    expect(parsed).toMatchObject({ kind: 'row' });
    expect(JSON.stringify(parsed)).not.toContain('unreadable');
  }
});

interface Shown {
  readonly kind: string;
  readonly metadata: object;
}

test('a command that nothing tries is found', () => {
  expect(problemOf('make install')).toContain('no class');
  expect(problemOf('npm run nothing')).toContain('nothing');
  expect(problemOf('npx sluice serv')).toContain('serve');
  expect(problemOf('npx sluice translate nowhere')).toContain('nowhere');
  expect(problemOf('helm install sluice charts/none')).toContain('test/cluster/sluice.ts');
  expect(problemOf('kubectl delete node a')).toContain('delete');
});

/** Runs commands that need only files; parses the others. */
function sluiceProblem(args: readonly string[]): string | undefined {
  const command = parseCommandLine(args);
  if (command.kind === 'error') return command.line;
  if (!['help', 'translate', 'config', 'import'].includes(command.command)) return undefined;
  const run = spawnSync(process.execPath, ['src/main.ts', ...args], { cwd: root, encoding: 'utf8' });
  return run.status === 0 && run.stdout !== '' ? undefined : `exit code ${run.status}: ${run.stderr}`;
}

function scriptProblem(line: string): string | undefined {
  for (const part of line.split(' && ')) {
    const [program, ...args] = part.replace(/^(\w+=\S+ )*/, '').split(' ');
    if (program === 'npm' && args[0] === 'ci') continue;
    const name = args[0] === 'run' ? args[1] : args[0];
    if (program === 'npm' && (name === undefined || !Object.hasOwn(scripts, name)))
      return `package.json has no script ${name}`;
    const files = args.filter((arg) => /^(test|charts|release|docs|src)\//.test(arg));
    if (program !== 'npm' && files.length === 0) return 'names no file';
    const missing = files.map(fileProblem).find((problem) => problem !== undefined);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** The chart must exist, and go into the namespace of the cluster tests. */
function helmProblem(line: string): string | undefined {
  const [, chart = '', namespace] =
    /^helm install sluice (\S+) --namespace (\S+) --create-namespace$/.exec(line) ?? [];
  if (namespace !== 'sluice-system') return 'is not what test/cluster/sluice.ts does';
  return fileProblem(join(chart, 'Chart.yaml'));
}

/** Verbs of kubectl on the pages; they name only objects that the pages make. */
const verbs =
  /^kubectl (-n sluice-system )?(apply|create deployment|expose deployment|wait|get|describe|logs|port-forward|exec) /;
const names =
  /\b(hello|web|gatewayclass\/sluice|deployment\/sluice|app\.kubernetes\.io\/name=sluice|headers|POD|-f)\b|-f /;

function clusterProblem(line: string): string | undefined {
  if (line.startsWith('kubectl ') && !verbs.test(line)) return `${line}: no verb of these pages`;
  return names.test(line) ? undefined : `${line}: an object that no page makes`;
}

function fileProblem(file: string): string | undefined {
  return existsSync(join(root, file)) ? undefined : `there is no ${file}`;
}
