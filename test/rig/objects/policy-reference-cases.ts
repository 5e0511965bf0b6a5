import * as m from './manifests.ts';
import { base, type Case } from './reference-case.ts';

const backends = [{ backendRefs: [m.backend('target')] }];

const withListener = (name: string): object => m.gateway([m.httpListener({ name })]);
const withLabels = (object: object, labels: object): object => {
  const { metadata } = object as { readonly metadata: object };
  return { ...object, metadata: { ...metadata, labels } };
};

const named = {
  Gateway: {
    group: undefined,
    sources: [m.gatewayClass()],
    target: [withListener('http'), withListener('other')],
  },
  HTTPRoute: {
    group: undefined,
    sources: base,
    target: [
      m.httpRoute(backends, { name: 'web' }),
      m.httpRoute(backends, { name: 'web', hostnames: ['a.test'] }),
    ],
  },
  Service: {
    group: '',
    sources: [...base, m.httpRoute([{ backendRefs: [m.backend('web')] }])],
    target: [m.service('web'), m.service('web', { port: { port: 81 } })],
  },
} as const;

const sectioned = {
  Gateway: { kind: 'Gateway', of: named.Gateway },
  HTTPRoute: { kind: 'Gateway', of: named.Gateway },
  Service: {
    kind: 'Service',
    of: {
      ...named.Service,
      target: [m.service('web', { port: { name: 'http' } }), m.service('web', { port: { name: 'other' } })],
    },
  },
} as const;

const selected = {
  Gateway: [m.gatewayClass()],
  HTTPRoute: base,
} as const;
const selectable = {
  Gateway: withListener('http'),
  HTTPRoute: m.httpRoute(backends),
} as const;

/** Target fields by kind of policy, with what shows that a change of the target is noticed. */
export function targetCases(
  kind: string,
  of: keyof typeof selectable,
  more: object = {},
): Record<string, Case> {
  const policy = (spec: object): object => m.policy(kind, { ...spec, ...more });
  const { group, sources, target } = named[of];
  const ref = { ...(group === undefined ? {} : { group }), kind: of, name: 'web' };
  const section = sectioned[of];
  const sectionRef = { ...ref, kind: section.kind, sectionName: 'http' };
  return {
    [`${kind} spec.targetRef`]: { sources: [...sources, policy({ targetRef: ref })], target },
    [`${kind} spec.targetRefs[]`]: { sources: [...sources, policy({ targetRefs: [ref] })], target },
    [`${kind} spec.targetRef.sectionName`]: {
      sources: [...section.of.sources, policy({ targetRef: sectionRef })],
      target: section.of.target,
    },
    [`${kind} spec.targetRefs[].sectionName`]: {
      sources: [...section.of.sources, policy({ targetRefs: [sectionRef] })],
      target: section.of.target,
    },
    ...selectorCases(kind, of, policy),
  };
}

/** Cases of a policy for Services by name alone. */
export function serviceTargetCases(kind: string, fields: object): Record<string, Case> {
  const { sources } = named.Service;
  const { sources: all, target } = sectioned.Service.of;
  const policy = (ref: object): object => m.policy(kind, { targetRefs: [ref], ...fields });
  const ref = { group: '', kind: 'Service', name: 'web' };
  return {
    [`${kind} spec.targetRefs[]`]: { sources: [...sources, policy(ref)], target: named.Service.target },
    [`${kind} spec.targetRefs[].sectionName`]: {
      sources: [...all, policy({ ...ref, sectionName: 'http' })],
      target,
    },
  };
}

function selectorCases(
  kind: string,
  of: keyof typeof selectable,
  policy: (spec: object) => object,
): Record<string, Case> {
  const object = selectable[of];
  const matchLabels = { team: 'a' };
  const namespaces = { from: 'Selector', selector: { matchLabels } };
  return {
    [`${kind} spec.targetSelectors[]`]: {
      sources: [...selected[of], policy({ targetSelectors: [{ kind: of, matchLabels }] })],
      target: [withLabels(object, { team: 'a' }), withLabels(object, { team: 'b' })],
    },
    [`${kind} spec.targetSelectors[].namespaces.selector`]: {
      sources: [...selected[of], object, policy({ targetSelectors: [{ kind: of, namespaces }] })],
      target: [namespaceOf({ team: 'a' }), namespaceOf({ team: 'b' })],
    },
  };
}

function namespaceOf(labels: object): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels } };
}
