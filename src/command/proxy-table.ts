import { columns, duration, plain } from './columns.ts';
import type { BehindJson, ProxyDetailsJson, ProxyJson, ProxyTypeJson } from '../run/proxy-json.ts';

export interface ListedProxy extends ProxyDetailsJson {
  /** Replica of Sluice that it is connected to. */
  readonly replica: string;
}

const services: readonly (readonly [service: string, type: string])[] = [
  ['CDS', 'Cluster'],
  ['EDS', 'ClusterLoadAssignment'],
  ['LDS', 'Listener'],
  ['RDS', 'RouteConfiguration'],
  ['VHDS', 'VirtualHost'],
  ['SDS', 'Secret'],
];

/** Returns a line for each proxy, by Gateway and id; with `details` also its missing and present resources. */
export function proxiesText(proxies: readonly ListedProxy[], details: boolean): string {
  if (proxies.length === 0) return 'no proxy is connected\n';
  const sorted = proxies.toSorted(
    (a, b) =>
      compare(a.gateway, b.gateway) || compare(a.proxy, b.proxy) || a.connectedForMs - b.connectedForMs,
  );
  if (!details) return table(sorted);
  return sorted.map((proxy) => [table([proxy]), ...detailsOf(proxy)].join('\n')).join('\n');
}

function table(proxies: readonly ListedProxy[]): string {
  return columns([
    ['PROXY', 'GATEWAY', 'CONNECTED', 'ENVOY', ...services.map(([service]) => service), 'REPLICA'],
    ...proxies.map((proxy) => [
      plain(proxy.proxy),
      plain(proxy.gateway),
      duration(proxy.connectedForMs),
      plain(proxy.envoy ?? '-'),
      ...services.map(([, type]) => stateOf(proxy, type)),
      plain(proxy.replica),
    ]),
  ]);
}

function stateOf({ served, types }: ProxyJson, name: string): string {
  const type = types.find((one) => one.type === name);
  if (type === undefined) return '-';
  if (!served) return 'no config';
  const { behind, refused, oldestForMs = 0 } = type;
  const parts = [
    ...(behind > 0 ? [`behind ${behind} (${duration(oldestForMs)})`] : []),
    ...(refused > 0 ? [`refused ${refused}`] : []),
  ];
  return parts.length === 0 ? 'synced' : parts.join(', ');
}

function detailsOf({ peer, types, resources = [] }: ProxyDetailsJson): string[] {
  const waiting = types.flatMap((type) => type.waiting.map((one) => waitingRow(type, one)));
  const left = types.reduce((sum, { behind, refused }) => sum + behind + refused, 0) - waiting.length;
  return [
    ...(peer === undefined ? [] : [`from ${plain(peer)}\n`]),
    ...(waiting.length === 0 ? [] : [columns([waitingHeader, ...waiting])]),
    ...(left > 0 ? [`and ${left} more\n`] : []),
    ...(resources.length === 0
      ? []
      : [
          columns([
            ['TYPE', 'RESOURCE', 'VERSION'],
            ...resources.map(({ type, name, version }) => [serviceOf(type), plain(name), plain(version)]),
          ]),
        ]),
  ];
}

const waitingHeader = ['TYPE', 'NOT UP TO DATE', 'FOR', 'ACKED', 'SENT', 'WANTED', 'WHY'];

function waitingRow({ type }: ProxyTypeJson, one: BehindJson): string[] {
  const { name, domain, forMs, acked = '-', sent = '-', wanted = '-', why, atMostMs, message } = one;
  return [
    serviceOf(type),
    plain(domain === undefined || name.endsWith(`/${domain}`) ? name : `${name} ${domain}`),
    duration(forMs),
    plain(acked),
    sent === null ? 'removal' : plain(sent),
    plain(wanted),
    [
      why,
      ...(atMostMs === undefined ? [] : [`for at most ${duration(atMostMs)}`]),
      ...(message === undefined ? [] : [`it said: ${plain(message)}`]),
    ].join('; '),
  ];
}

function serviceOf(type: string): string {
  return services.find(([, name]) => name === type)?.[0] ?? plain(type);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
