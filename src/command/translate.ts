import { stringify } from 'yaml';
import { formatFileProblem } from '../file/file-problem.ts';
import { readManifests, type ReadManifests } from '../file/read-manifests.ts';
import { withStandardInput } from '../file/standard-input.ts';
import { nearest } from '../lib/nearest.ts';
import { placedFindings } from '../run/placed-findings.ts';
import { translateOffline, type ResourceList, type Translation } from '../run/translate-offline.ts';
import type { Terminal } from './terminal.ts';

export interface TranslateOptions {
  /** `-`: standard input. */
  readonly path: string;
  readonly format: 'json' | 'yaml';
  /** `namespace/name`; undefined: all of them. */
  readonly gateway: string | undefined;
  readonly type: ResourceList | 'all';
  readonly strict: boolean;
}

export async function translate(options: TranslateOptions, terminal: Terminal): Promise<number> {
  const { path } = options;
  if (path === '-')
    return withStandardInput(process.stdin, (manifests) => translateManifests(manifests, options, terminal));
  return translateManifests(await readManifests(path), options, terminal);
}

async function translateManifests(
  manifests: ReadManifests,
  options: TranslateOptions,
  terminal: Terminal,
): Promise<number> {
  const { format, strict } = options;
  const translated = await translateOffline(manifests);
  if (translated === undefined) {
    terminal.err(
      'sluice: translate: the translation takes too long: split the manifests, and report it as a bug',
    );
    return 1;
  }
  const { translation, findings } = translated;
  const problems = await placedFindings(manifests.problems, findings, manifests.placeOf);
  for (const problem of problems) terminal.err(formatFileProblem(problem));
  const gateways = Object.keys(translation.gateways);
  if (options.gateway !== undefined && !gateways.includes(options.gateway)) {
    terminal.err(`sluice: translate: ${noGateway(options.gateway, gateways)}`);
    return 2;
  }
  const output = selected(translation, options);
  terminal.out(format === 'json' ? `${JSON.stringify(output, undefined, 2)}\n` : stringify(output));
  terminal.err(summary(manifests.changes.length, gateways.length, problems.length));
  if (problems.some(({ severity }) => severity === 'error')) return 2;
  return strict && problems.length > 0 ? 1 : 0;
}

function noGateway(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean ${meant}?`;
  return `Gateway ${name} has no resources here; ${hint}`;
}

function selected(translation: Translation, { gateway, type }: TranslateOptions): unknown {
  const gateways = Object.fromEntries(
    Object.entries(translation.gateways)
      .filter(([name]) => gateway === undefined || name === gateway)
      .map(([name, resources]) => [name, type === 'all' ? resources : { [type]: resources[type] }]),
  );
  return type === 'all' ? { ...translation, gateways } : { gateways };
}

function summary(objects: number, gateways: number, problems: number): string {
  const found = problems === 0 ? 'nothing is wrong' : `${counted(problems, 'problem')}, named above`;
  return `sluice: translate: ${counted(objects, 'object')}, ${counted(gateways, 'Gateway')} with resources; ${found}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
