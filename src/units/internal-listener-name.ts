export function internalListenerName(namespace: string, gateway: string, port: number): string {
  return `${namespace}/${gateway}/${mark}/${port}`;
}

export function isInternalListener(name: string): boolean {
  return name.split('/')[2] === mark;
}

const mark = 'misdirected';
