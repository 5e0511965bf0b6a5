import { fieldsOf } from '../../../docs/schema-fields.ts';
import { backendTrafficPolicyKind } from '../../../src/kinds/envoy-gateway/backend-traffic-policy.ts';
import { httpRouteFilterKind } from '../../../src/kinds/envoy-gateway/http-route-filter.ts';
import { editsOf, fieldsOfSpec, type FieldEdit } from './field-edits.ts';
import * as m from './manifests.ts';
import { filterSpecs, trafficSpecs } from './policy-specs.ts';

/** Fields of references that have one value. */
const onlyAsTheyAre: Readonly<Record<string, readonly unknown[]>> = Object.fromEntries(
  [
    ['responseOverride[].response.body.valueRef', { group: '', kind: 'ConfigMap' }],
    ['directResponse.body.valueRef', { group: '', kind: 'ConfigMap' }],
    ['credentialInjection.credential.valueRef', { group: '', kind: 'Secret', namespace: 'default' }],
  ].flatMap(([path, fields]) =>
    Object.entries(fields as object).map(([name, value]) => [`${path as string}.${name}`, [value]]),
  ),
);

/** Values of fields for which a neighbour would refuse requests, or name an object that does not exist. */
const safeValues: Readonly<Record<string, readonly unknown[]>> = {
  'faultInjection.abort.percentage': [0.0001],
  'healthCheck.active.http.expectedResponse.binary': ['cGF0aA=='],
  'healthCheck.active.http.requestBody.binary': ['dXAx'],
  'healthCheck.active.tcp.send.binary': ['dXAx'],
  'healthCheck.active.tcp.receive.binary': ['SFRU'],
  'rateLimit.local.rules[].clientSelectors[].sourceCIDR.value': ['192.0.2.0/24'],
  'responseOverride[].response.body.valueRef.name': ['page-2'],
  'directResponse.body.valueRef.name': ['page-2'],
  'directResponse.statusCode': [201],
  'credentialInjection.credential.valueRef.name': ['key-2'],
  ...onlyAsTheyAre,
};

/** Fields that say where a policy is in force: other edits attach it and take it away. */
const places = /^(metadata|spec\.target(Ref|Refs|Selectors))\b/;
/** Fields that may have no value. */
const withoutValue = new Set([
  'spec.bandwidthLimit',
  'spec.admissionControl',
  'spec.rateLimit.global',
  'spec.directResponse.header.remove[]',
]);

export interface EditedKind {
  readonly kind: 'BackendTrafficPolicy' | 'HTTPRouteFilter';
  readonly specs: readonly object[];
  /** Fields of the schema that no spec has. */
  readonly missing: readonly string[];
  /** Edits of the spec at an index; `isGood` leaves some out. */
  edits(index: number, isGood?: (spec: object) => boolean): FieldEdit[];
}

export const editedKinds: readonly EditedKind[] = [
  edited('BackendTrafficPolicy', backendTrafficPolicyKind, trafficSpecs),
  edited('HTTPRouteFilter', httpRouteFilterKind, filterSpecs),
];

function edited(
  kind: EditedKind['kind'],
  def: typeof backendTrafficPolicyKind | typeof httpRouteFilterKind,
  specs: readonly object[],
): EditedKind {
  const fields = fieldsOf(def.schema);
  const known = new Set(specs.flatMap(fieldsOfSpec).map((path) => `spec.${path}`));
  const ofField = new Map(fields.map(({ path, values }) => [path, values]));
  const isNamed = (path: string): boolean =>
    path.endsWith('{}') ? [...known].some((one) => one.startsWith(`${path.slice(0, -2)}.`)) : known.has(path);
  const valuesOf = (path: string): readonly unknown[] =>
    safeValues[path] ?? ofField.get(`spec.${path}`) ?? [];
  return {
    kind,
    specs,
    missing: fields
      .map(({ path }) => path)
      .filter((path) => !places.test(path) && !withoutValue.has(path) && !isNamed(path)),
    edits: (index, isGood = () => true) => {
      const spec = specs[index] ?? {};
      const target = { targetRefs: [{ kind: 'HTTPRoute', name: 'route' }] };
      const isValid = (changed: object): boolean => {
        const parsed = def.parse(m.policy(kind, { ...target, ...changed }));
        return parsed.kind === 'row' && (parsed.problems ?? []).length === 0 && isGood(changed);
      };
      return editsOf(spec, valuesOf, isValid).filter(
        (edit) => JSON.stringify(edit.spec) !== JSON.stringify(spec),
      );
    },
  };
}
