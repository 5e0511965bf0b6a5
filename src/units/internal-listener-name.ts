export function internalListenerName(namespace: string, gateway: string, port: number): string {
  return `${namespace}/${gateway}/${mark}/${port}`;
}

/** Returns the name of the RouteConfiguration that the listener asks for. */
export function internalRoutesName(listener: string): string {
  return `${listener}:*`;
}

export function isInternalListener(name: string): boolean {
  return name.split('/')[2] === mark;
}

const mark = 'misdirected';
