import type { BehindJson, ProxyDetailsJson, ProxyJson, ProxyTypeJson } from '../run/proxy-json.ts';

const services: readonly (readonly [service: string, type: string])[] = [
  ['CDS', 'Cluster'],
  ['EDS', 'ClusterLoadAssignment'],
  ['LDS', 'Listener'],
  ['RDS', 'RouteConfiguration'],
  ['VHDS', 'VirtualHost'],
  ['SDS', 'Secret'],
];

/** Returns a line for each proxy, by Gateway and id; with `details` also its missing and present resources. */
export function proxiesText(proxies: readonly ProxyDetailsJson[], details: boolean): string {
  if (proxies.length === 0) return 'no proxy is connected\n';
  const sorted = proxies.toSorted(
    (a, b) =>
      compare(a.gateway, b.gateway) || compare(a.proxy, b.proxy) || a.connectedForMs - b.connectedForMs,
  );
  if (!details) return table(sorted);
  return sorted.map((proxy) => [table([proxy]), ...detailsOf(proxy)].join('\n')).join('\n');
}

function table(proxies: readonly ProxyJson[]): string {
  return columns([
    ['PROXY', 'GATEWAY', 'CONNECTED', 'ENVOY', ...services.map(([service]) => service)],
    ...proxies.map((proxy) => [
      plain(proxy.proxy),
      plain(proxy.gateway),
      duration(proxy.connectedForMs),
      plain(proxy.envoy ?? '-'),
      ...services.map(([, type]) => stateOf(proxy, type)),
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

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Returns the two largest units: `1h30m`, not `90m`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('');
}

/** Escapes ids and messages, which proxies choose: they must not control the terminal. */
function plain(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
