/** Name of the Listener of a port that the proxy itself connects to, and of its Cluster and routes. */
export function internalListenerName(namespace: string, gateway: string, port: number): string {
  return `${namespace}/${gateway}/${mark}/${port}`;
}

/** True for such a name: others have the port in its place. */
export function isInternalListener(name: string): boolean {
  return name.split('/')[2] === mark;
}

const mark = 'misdirected';
