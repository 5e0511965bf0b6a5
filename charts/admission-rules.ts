import { maxRegexCharacters } from '../src/kinds/gateway-api/regex-budget.ts';
import { maxUint32 } from '../src/kinds/shape/shape.ts';

/** A fault that the API server can refuse at once, and that a condition would report later. */
export interface AdmissionRule {
  readonly id: string;
  /** A kind of the table of kinds. */
  readonly kind: string;
  /** CEL that is true for a good object. Helm fills in `{{ … }}` from the chart's values. */
  readonly expression: string;
  /** Begins with the path of the field. */
  readonly message: string;
  /** Helm's condition on the chart's values: the rule applies where it is true. Empty: always. */
  readonly when: string;
}

const rules = '(has(object.spec.rules) ? object.spec.rules : [])';
/** Untyped: users install Envoy Gateway's CRDs themselves, and these may not declare every field. */
const spec = 'dyn(object).spec';
const wasm = `(has(${spec}.wasm) ? ${spec}.wasm : [])`;
const images = `${wasm}.filter(w, has(w.code) && has(w.code.image))`;

/** Counts characters of the regular expressions in a list of matches by name. */
const characters = (field: string): string =>
  `(has(m.${field}) ? m.${field} : []).map(v, has(v.type) && v.type == 'RegularExpression' ? size(v.value) : 0).sum()`;

const routeCharacters = [
  `${rules}.map(r, (has(r.matches) ? r.matches : []).map(m,`,
  "(has(m.path) && has(m.path.type) && m.path.type == 'RegularExpression' && has(m.path.value) ? size(m.path.value) : 0)",
  `+ ${characters('headers')} + ${characters('queryParams')}).sum()).sum()`,
].join(' ');

/** Easy mistakes that cost requests until their author reads the status. */
export const admissionRules: readonly AdmissionRule[] = [
  {
    id: 'regex-budget',
    kind: 'HTTPRoute',
    expression: `${routeCharacters} <= ${maxRegexCharacters}`,
    message: `spec.rules: the regular expressions of the route must have at most ${maxRegexCharacters} characters together`,
    when: '',
  },
  {
    id: 'retry-attempts',
    kind: 'HTTPRoute',
    // `dyn`, as the standard channel of Gateway API lacks the field.
    expression: `${rules}.all(r, !has(dyn(r).retry) || !has(dyn(r).retry.attempts) || (dyn(r).retry.attempts >= 0 && dyn(r).retry.attempts <= ${maxUint32}))`,
    message: `spec.rules: retry.attempts must be between 0 and ${maxUint32}`,
    when: '',
  },
  {
    id: 'addresses',
    kind: 'Gateway',
    expression:
      'object.spec.gatewayClassName != {{ .Values.gatewayClass.name | squote }} || !has(object.spec.addresses) || object.spec.addresses.filter(a, !has(dyn(a).routability) || dyn(a).routability != "Cluster").size() <= 1',
    message:
      'spec.addresses: several addresses would be external IPs, of which the operator allows none (infrastructure.externalIPs)',
    when: 'not (dig "provider" "kubernetes" "infrastructure" "externalIPs" list .Values.config)',
  },
  {
    id: 'lua',
    kind: 'EnvoyExtensionPolicy',
    expression: `!has(${spec}.lua) || size(${spec}.lua) == 0`,
    message: 'spec.lua: Lua scripts are off (translate.lua)',
    when: 'not (dig "translate" "lua" false .Values.config)',
  },
  {
    id: 'dynamic-module',
    kind: 'EnvoyExtensionPolicy',
    expression: `!has(${spec}.dynamicModule)`,
    message: 'spec.dynamicModule: is not supported',
    when: '',
  },
  {
    id: 'plain-http',
    kind: 'EnvoyExtensionPolicy',
    expression: `${wasm}.all(w, !has(w.code) || !has(w.code.http) || has(w.code.http.sha256) || !w.code.http.url.lowerAscii().startsWith('http:'))`,
    message:
      'spec.wasm: code.http.sha256 is required without TLS: whoever is on the way could send another module',
    when: '',
  },
  {
    id: 'host-keys',
    kind: 'EnvoyExtensionPolicy',
    expression: `${wasm}.all(w, !has(w.env) || !has(w.env.hostKeys) || w.env.hostKeys.all(k, k in {{ dig "wasm" "hostKeys" list .Values.config | toJson }}))`,
    message:
      'spec.wasm: env.hostKeys has a variable that is not among those that plugins may read (wasm.hostKeys)',
    when: '',
  },
  {
    id: 'pull-secret',
    kind: 'EnvoyExtensionPolicy',
    expression: `${images}.all(w, !has(w.code.image.pullSecretRef) || ((!has(w.code.image.pullSecretRef.kind) || w.code.image.pullSecretRef.kind == 'Secret') && (!has(w.code.image.pullSecretRef.group) || w.code.image.pullSecretRef.group == '')))`,
    message: 'spec.wasm: code.image.pullSecretRef must be a Secret',
    when: '',
  },
  {
    id: 'merge-gateways',
    kind: 'EnvoyProxy',
    expression: `!has(${spec}.mergeGateways) || ${spec}.mergeGateways == false`,
    message: 'spec.mergeGateways: is not supported',
    when: '',
  },
];
