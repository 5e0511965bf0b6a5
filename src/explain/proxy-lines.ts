import type { ProxyHas } from './in-force.ts';

/** Says which proxies have all of it, and for the others what each lacks and why. */
export function proxyLines(proxies: readonly ProxyHas[]): (readonly [name: string, text: string])[] {
  const behind = proxies.filter(({ lacks }) => lacks.length > 0);
  if (proxies.length === 0) return [['proxies', 'none is connected to this process']];
  return [
    ['proxies', `${proxies.length - behind.length} of ${proxies.length} have acknowledged it`],
    ...behind.slice(0, maxProxies).flatMap(({ proxy, lacks }) =>
      lacks.map(({ type, name, why, message }) => {
        const said = message === undefined ? '' : `; it said: ${message.trim().replaceAll(/\s+/g, ' ')}`;
        return ['lacks', `${proxy}: ${type} ${name}: ${why}${said}`] as const;
      }),
    ),
    ...(behind.length > maxProxies ? [['lacks', `${behind.length - maxProxies} more proxies`] as const] : []),
  ];
}

const maxProxies = 5;
