import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchedResources, type WatchedResource } from '../src/kube/watched-resource.ts';

const file = join(import.meta.dirname, 'sluice', 'templates', '_followed.tpl');

/** Makes RBAC rules from the table of kinds, so that the chart permits each kind that is added there. */
export function followedRules(): { readonly written: string; readonly wanted: string } {
  const lines = [
    '{{- /* Made by `node charts/followed-rules.ts` from the table of kinds in src/kinds; edit that table, not this file. */ -}}',
    '{{- define "sluice.clusterKindRules" -}}',
    ...rulesOf(watchedResources.filter(({ scope, kind }) => scope === 'cluster' && kind !== 'Namespace')),
    '{{- end }}',
    '{{- define "sluice.namespacedKindRules" -}}',
    ...rulesOf(watchedResources.filter(({ scope }) => scope === 'namespaced')),
    '{{- end }}',
    '',
  ];
  return { written: readFileSync(file, 'utf8'), wanted: lines.join('\n') };
}

function rulesOf(kinds: readonly WatchedResource[]): readonly string[] {
  const withStatus = kinds.filter(({ status }) => status !== undefined);
  return [
    '# Objects that are translated.',
    ...rules(kinds, (plural) => plural, 'list, watch'),
    '# Statuses.',
    ...rules(withStatus, (plural) => `${plural}/status`, 'patch'),
  ];
}

function rules(
  kinds: readonly WatchedResource[],
  nameOf: (plural: string) => string,
  verbs: string,
): readonly string[] {
  return [...Map.groupBy(kinds, groupAndName).values()].flatMap((members) => [
    `- apiGroups: [${members[0]?.group || "''"}]`,
    `  resources: [${members.map(({ plural }) => nameOf(plural)).join(', ')}]`,
    ...nameRule(members[0]?.fieldSelector),
    `  verbs: [${verbs}]`,
  ]);
}

function groupAndName({ group, fieldSelector }: WatchedResource): string {
  return [group, ...nameRule(fieldSelector)].join();
}

/** The API server lets a list or watch of one name pass by `resourceNames`: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
function nameRule(fieldSelector: string | undefined): readonly string[] {
  const [, name] = /^metadata\.name=([^,]+)$/.exec(fieldSelector ?? '') ?? [];
  return name === undefined ? [] : [`  resourceNames: [${name}]`];
}

// `node charts/followed-rules.ts` writes the template after a change of the table.
if (import.meta.main) writeFileSync(file, followedRules().wanted);
