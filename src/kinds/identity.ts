import { identifier } from './shape/identifier.ts';
import type { Problem } from './row.ts';

export interface Identity {
  /** Empty for a cluster-scoped kind; `default` when a namespaced object names none, as with `kubectl`. */
  readonly namespace: string;
  readonly name: string;
}

export type Scope = 'namespaced' | 'cluster';

/** Returns name and namespace of a user's object, or the problem with them. */
export function identityOf(
  manifest: Readonly<Record<string, unknown>>,
  scope: Scope,
):
  | { readonly kind: 'ok'; readonly identity: Identity }
  | { readonly kind: 'invalid'; readonly problem: Problem } {
  const metadata = record(manifest['metadata']);
  if (metadata === undefined) return invalid('metadata', 'is required');
  const name = metadata['name'] ?? undefined;
  const namespace = metadata['namespace'] ?? 'default';
  if (name === undefined) return invalid('metadata.name', 'is required');
  if (typeof name !== 'string' || name.length > 253 || !identifier.subdomain.test(name)) {
    return invalid('metadata.name', 'must be a lower-case DNS name');
  }
  if (scope === 'cluster') return { kind: 'ok', identity: { namespace: '', name } };
  if (typeof namespace !== 'string' || namespace.length > 63 || !identifier.label.test(namespace)) {
    return invalid('metadata.namespace', 'must be a DNS label');
  }
  return { kind: 'ok', identity: { namespace, name } };
}

export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, message: string) {
  return { kind: 'invalid', problem: { path, message } } as const;
}
