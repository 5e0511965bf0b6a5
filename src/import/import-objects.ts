import { importIngresses } from './import-ingresses.ts';
import { ingress as schema, type Ingress, type Manifest, type Report } from './ingress.ts';
import type { Target } from './listeners.ts';
import { service, type Service } from './service.ts';

/** An object of any kind, and the function that reports its fields. */
export interface Written {
  readonly value: unknown;
  readonly report: Report;
}

/** Returns objects of Gateway API for the Ingresses among the objects. */
export function importObjects(written: readonly Written[], target: Target): Manifest[] {
  const ingresses: { readonly ingress: Ingress; readonly report: Report }[] = [];
  const services: Service[] = [];
  for (const { value, report } of written) {
    if (isKind(value, 'networking.k8s.io/v1', 'Ingress')) {
      const parsed = schema.safeParse(value);
      if (parsed.success) ingresses.push({ ingress: parsed.data, report });
      else
        for (const { path, message } of parsed.error.issues)
          report(
            path.map((part) => (typeof part === 'number' ? part : String(part))),
            message,
          );
    } else if (isKind(value, 'v1', 'Service')) {
      const parsed = service.safeParse(value);
      if (parsed.success) services.push(parsed.data);
    } else report(['kind'], 'is no Ingress and no Service, and is left out');
  }
  const ports = new Map(
    services.flatMap(({ metadata: { namespace, name }, spec }) =>
      spec.ports.map((port) => [`${namespace}/${name}/${port.name}`, port.port] as const),
    ),
  );
  const portOf = (namespace: string, name: string, port: string) => ports.get(`${namespace}/${name}/${port}`);
  return importIngresses(ingresses, portOf, target);
}

function isKind(value: unknown, apiVersion: string, kind: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'apiVersion' in value && value.apiVersion === apiVersion && 'kind' in value && value.kind === kind;
}
