import { settingsOf, type Settings } from './annotations.ts';
import type { Ingress, IngressBackend, IngressPath, Report } from './ingress.ts';

/** A backend of Gateway API. */
export interface BackendRef {
  readonly name: string;
  readonly port: number;
}

/** One path of one host, with all that decides about its requests. */
export interface Entry {
  readonly host: string;
  readonly path: IngressPath;
  readonly settings: Settings;
  /** Undefined: cannot be carried over, and is answered with 500. */
  readonly backend: BackendRef | undefined;
}

export interface ReadIngress {
  readonly ingress: Ingress;
  readonly report: Report;
  readonly settings: Settings;
  readonly entries: readonly Entry[];
}

/** Finds the number of a Service's port by its name. */
export type PortOf = (namespace: string, service: string, port: string) => number | undefined;

export function readIngress(ingress: Ingress, portOf: PortOf, report: Report): ReadIngress {
  const { namespace } = ingress.metadata;
  const settings = settingsOf(ingress.metadata, report);
  const { rules, defaultBackend } = ingress.spec;
  const entries: Entry[] = [];
  const add = (host: string, path: IngressPath, place: readonly (string | number)[]): void => {
    const backend = settings.isClosed ? undefined : backendOf(path.backend, namespace, portOf, place, report);
    entries.push({ host, path, settings, backend });
  };
  for (const [i, { host = '', http }] of rules.entries())
    for (const [j, path] of (http?.paths ?? []).entries()) {
      if (path.pathType === 'ImplementationSpecific' && !settings.isRegex && !path.path.endsWith('/'))
        report(
          ['spec', 'rules', i, 'http', 'paths', j, 'pathType'],
          `takes whole segments here: ${path.path} and below it, and no longer name`,
        );
      add(host, path, ['spec', 'rules', i, 'http', 'paths', j, 'backend']);
    }
  if (defaultBackend !== undefined)
    for (const host of new Set(rules.length === 0 ? [''] : rules.map((rule) => rule.host ?? ''))) {
      const isTaken = entries.some((entry) => entry.host === host && entry.path.path === '/');
      if (!isTaken)
        add(host, { path: '/', pathType: 'Prefix', backend: defaultBackend }, ['spec', 'defaultBackend']);
    }
  return { ingress, report, settings, entries };
}

function backendOf(
  { service }: IngressBackend,
  namespace: string,
  portOf: PortOf,
  place: readonly (string | number)[],
  report: Report,
): BackendRef | undefined {
  if (service === undefined) {
    report([...place, 'resource'], 'is not carried over; its requests are answered with 500');
    return undefined;
  }
  const { name = '', number = portOf(namespace, service.name, name) } = service.port;
  if (number !== undefined) return { name: service.name, port: number };
  const where = [...place, 'service', 'port', 'name'];
  report(where, `no Service in these files tells its number; its requests are answered with 500`);
  return undefined;
}
