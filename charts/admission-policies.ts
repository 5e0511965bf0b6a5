import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindOf } from '../src/kinds/followed-kinds.ts';
import { admissionRules, type AdmissionRule } from './admission-rules.ts';

const file = join(import.meta.dirname, 'sluice', 'templates', 'admission-policies.yaml');

/** Returns the template as it is, and as the table of rules makes it. */
export function admissionPolicies(): { readonly written: string; readonly wanted: string } {
  const lines = [
    '{{- /* Made by `node charts/admission-policies.ts` from charts/admission-rules.ts; edit that table, not this file. */ -}}',
    '{{- if .Values.admissionPolicies.enabled }}',
    '{{- $top := . }}',
    ...[...Map.groupBy(admissionRules, ({ kind }) => kind)].flatMap(([kind, rules]) => policy(kind, rules)),
    '{{- end }}',
    '',
  ];
  return { written: readFileSync(file, 'utf8'), wanted: lines.join('\n') };
}

function policy(kind: string, rules: readonly AdmissionRule[]): string[] {
  const def = kindOf(kind);
  if (def === undefined) throw new Error(`${kind} is not followed`);
  const { group, versions, plural } = def;
  const name = `{{ include "sluice.clusterName" $top }}-${kind.toLowerCase()}`;
  const whole = rules.every(({ when }) => when !== '')
    ? `or ${rules.map(({ when }) => `(${when})`).join(' ')}`
    : '';
  return [
    ...(whole === '' ? [] : [`{{- if ${whole} }}`]),
    '---',
    'apiVersion: admissionregistration.k8s.io/v1',
    'kind: ValidatingAdmissionPolicy',
    'metadata:',
    `  name: ${name}`,
    '  {{- include "sluice.metadata" (dict "top" $top "of" "sluice.labels") | nindent 2 }}',
    'spec:',
    '  failurePolicy: Fail',
    '  matchConstraints:',
    '    resourceRules:',
    `      - apiGroups: [${group}]`,
    `        apiVersions: [${versions.join(', ')}]`,
    '        operations: [CREATE, UPDATE]',
    `        resources: [${plural}]`,
    // An existing object with a bad spec may still lose a finalizer or get a label.
    '  matchConditions:',
    '    - name: spec-is-another',
    '      expression: >-',
    "        has(object.spec) && (request.operation == 'CREATE' || !has(oldObject.spec) || object.spec != oldObject.spec)",
    '  validations:',
    ...rules.flatMap(validation),
    '---',
    'apiVersion: admissionregistration.k8s.io/v1',
    'kind: ValidatingAdmissionPolicyBinding',
    'metadata:',
    `  name: ${name}`,
    '  {{- include "sluice.metadata" (dict "top" $top "of" "sluice.labels") | nindent 2 }}',
    'spec:',
    `  policyName: ${name}`,
    '  validationActions: {{ toJson $top.Values.admissionPolicies.validationActions }}',
    '  {{- with $top.Values.admissionPolicies.namespaceSelector }}',
    '  matchResources:',
    '    namespaceSelector:',
    '      {{- toYaml . | nindent 6 }}',
    '  {{- end }}',
    ...(whole === '' ? [] : ['{{- end }}']),
  ];
}

function validation({ expression, message, when }: AdmissionRule): string[] {
  return [
    ...(when === '' ? [] : [`    {{- if ${when} }}`]),
    '    - expression: >-',
    `        ${expression}`,
    `      message: ${JSON.stringify(message)}`,
    ...(when === '' ? [] : ['    {{- end }}']),
  ];
}

// `node charts/admission-policies.ts` writes the template after a change of the table.
if (import.meta.main) writeFileSync(file, admissionPolicies().wanted);
