import type { ObjectName } from './unit-def.ts';

/** Tells requests of the wrong connection from those of no listener: see `translate/listeners/misdirected.ts`. */
export function internalListenerName(namespace: string, gateway: string, port: number): string {
  return nameOf(namespace, gateway, 'misdirected', port);
}

/** Has the routes of a port's listeners with filters, whose requests come when the filters have let them pass. */
export function filteredListenerName(namespace: string, gateway: string, port: number): string {
  return nameOf(namespace, gateway, 'filtered', port);
}

/** Returns the Gateway and port of a {@link filteredListenerName}; undefined for any other name. */
export function parseFilteredListener(text: string): (ObjectName & { readonly port: number }) | undefined {
  const [namespace = '', name = '', mark, port] = text.split('/');
  return mark === 'filtered' ? { namespace, name, port: Number(port) } : undefined;
}

/** Returns the name of the RouteConfiguration that the listener asks for. */
export function internalRoutesName(listener: string): string {
  return `${listener}:*`;
}

/** Returns true for the name of an internal listener, of its cluster, of its RouteConfiguration, or of a host of that. */
export function isOfInternalListener(name: string): boolean {
  const mark = name.indexOf('/', name.indexOf('/') + 1) + 1;
  return marks.some((one) => name.startsWith(`${one}/`, mark));
}

const marks = ['misdirected', 'filtered'] as const;

function nameOf(namespace: string, gateway: string, mark: (typeof marks)[number], port: number): string {
  return `${namespace}/${gateway}/${mark}/${port}`;
}
