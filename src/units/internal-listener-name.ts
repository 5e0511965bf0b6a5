/** Returns the name of a Listener that the proxy itself connects to, and of its Cluster and routes. */
export function internalListenerName(namespace: string, gateway: string, port: number): string {
  return `${namespace}/${gateway}/${mark}/${port}`;
}

export function isInternalListener(name: string): boolean {
  return name.split('/')[2] === mark;
}

const mark = 'misdirected';
