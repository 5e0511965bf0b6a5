import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from '../../../src/config/load.ts';
import { must } from '../../../src/lib/assert.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

const root = join(import.meta.dirname, '../../..');
const helm = findHelm();
export const chartTest = test.skipIf(helm === undefined);
export const why = helm === undefined ? ' (no helm: npm run test:cluster builds one, or set HELM)' : '';

export function podSpec(spec: object): object {
  return { spec: { template: { spec } } };
}

export function configOf(values: Values): unknown {
  const { data } = must(render(values).get('ConfigMap/sluice'), 'ConfigMap');
  return parseConfig((data as { 'sluice.yaml': string })['sluice.yaml'], 'sluice.yaml');
}

/** Objects by `Kind/name`. */
export function render(values: Values, release = 'sluice'): ReadonlyMap<string, Rendered> {
  const { stdout, stderr, status } = template(values, release);
  if (status !== 0) throw new Error(stderr);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered);
  return new Map(
    objects.map((object) => {
      const { name, namespace } = object.metadata;
      const isElsewhere = namespace?.startsWith('team-') === true;
      return [`${object.kind}/${isElsewhere ? `${namespace}/` : ''}${name}`, object];
    }),
  );
}

export function template(values: Values, release = 'sluice', kubeVersion = oldestKubernetes) {
  const place = ['--namespace', 'sluice-system', '--kube-version', kubeVersion];
  return runHelm(['template', release, 'charts/sluice', ...place, '--values', '-'], JSON.stringify(values));
}

/** Minor version of docs/compatibility.md. Without a cluster, Helm takes that of its own client library. */
export const oldestKubernetes = '1.30';

export function runHelm(args: readonly string[], input = '') {
  return spawnSync(must(helm, 'helm'), args, { cwd: root, encoding: 'utf8', input });
}

function findHelm(): string | undefined {
  const { HELM, BED_BIN, PATH = '' } = process.env;
  const folders = [BED_BIN, join(root, '.cache', 'bed', 'bin'), ...PATH.split(delimiter)];
  return [HELM, ...folders.map((folder) => folder && join(folder, 'helm'))].find(isProgram);
}

function isProgram(path: string | undefined): path is string {
  try {
    accessSync(path ?? '', constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
