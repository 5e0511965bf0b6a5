import * as m from './manifests.ts';

/** Shows that the object with the field notices a change of what the field refers to. */
export interface Case {
  /** The object with the field, and all that it needs to have an effect. */
  readonly sources: readonly object[];
  /** The target before and after a change that the source must notice. */
  readonly target: readonly [object, object];
}

export type NoCase =
  | 'refused by translation: it has no target'
  | 'for Kubernetes to follow'
  | 'a name that it gives'
  | 'the name of no object'
  | 'selects requests'
  | 'a name in statistics';

/** Cases by kind and field. */
export type ReferenceCases = Readonly<Record<string, Case | NoCase>>;

export const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
export const toService: Case['target'] = [m.service('target'), m.service('target', { port: { port: 81 } })];
export const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'target' };
