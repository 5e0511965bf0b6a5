import type { z } from 'zod';
import type { backendObjectReference } from './backend-ref.ts';

export type BackendObjectReference = z.infer<typeof backendObjectReference>;

/** A rule of a route of any kind, as far as it names backends. */
interface RuleWithBackends {
  readonly filters?: readonly Filter[];
  readonly backendRefs: readonly (BackendObjectReference & { readonly filters?: readonly Filter[] })[];
}

interface Filter {
  readonly type: string;
  readonly requestMirror?: { readonly backendRef: BackendObjectReference };
  readonly externalAuth?: { readonly backendRef: BackendObjectReference };
  readonly extensionRef?: { readonly group: string; readonly kind: string; readonly name: string };
}

/** Lists every backend that a route names: weighted ones, and those of filters of rules and backends. */
export function* backendsOf(rules: readonly RuleWithBackends[]): Generator<BackendObjectReference> {
  for (const { filters = [], backendRefs } of rules) {
    yield* backendsOfFilters(filters);
    for (const backend of backendRefs) {
      yield backend;
      yield* backendsOfFilters(backend.filters ?? []);
    }
  }
}

function* backendsOfFilters(filters: readonly Filter[]): Generator<BackendObjectReference> {
  for (const { requestMirror, externalAuth } of filters) {
    if (requestMirror !== undefined) yield requestMirror.backendRef;
    if (externalAuth !== undefined) yield externalAuth.backendRef;
  }
}

/** Lists the HTTPRouteFilters that a route names, for its rules and for their backends. */
export function* extensionsOf(rules: readonly RuleWithBackends[]): Generator<string> {
  for (const { filters = [], backendRefs } of rules)
    for (const { extensionRef } of [...filters, ...backendRefs.flatMap((backend) => backend.filters ?? [])])
      if (extensionRef?.group === 'gateway.envoyproxy.io' && extensionRef.kind === 'HTTPRouteFilter')
        yield extensionRef.name;
}
