import { isIPv4, isIPv6 } from 'node:net';
import type { OddService } from '../objects/odd-service.ts';

export interface StatusAddress {
  readonly type: string;
  readonly value: string;
}

/** The rule as simply as possible, without Sluice's code. */
export function addressesOf({ spec, status }: OddService): StatusAddress[] {
  const { type, clusterIPs = [], externalIPs = [] } = spec;
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap((entry) => [entry.ip, entry.hostname]);
  const texts = {
    ExternalName: [],
    ClusterIP: [...clusterIPs, ...externalIPs],
    NodePort: [...clusterIPs, ...externalIPs],
    LoadBalancer: [...ingress, ...externalIPs],
  }[type];
  const of = (isOne: (text: string) => boolean) => texts.filter((text) => text !== undefined && isOne(text));
  const v6 = of((text) => isIPv6(text) && !text.includes('%')).map(canonical);
  const ips = [...sorted(of(isIPv4)), ...sorted(v6)].map((value) => ({ type: 'IPAddress', value }));
  const names = sorted(of(isName)).map((value) => ({ type: 'Hostname', value }));
  return [...ips, ...names].slice(0, 16);
}

/** Reason of the API server's refusal: https://gateway-api.sigs.k8s.io/reference/spec/#gatewaystatus */
export function addressProblems(addresses: readonly StatusAddress[]): string[] {
  const problems = addresses.flatMap(({ type, value }) => {
    if (value.length < 1 || value.length > 253) return [`${value.length} characters`];
    if (type === 'IPAddress') return isIPv4(value) || isIPv6(value) ? [] : [`no IP address: ${value}`];
    if (type !== 'Hostname') return [`type ${type}`];
    const isOne = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value);
    return isOne ? [] : [`no hostname: ${value}`];
  });
  if (addresses.length > 16) problems.push(`${addresses.length} addresses`);
  const values = addresses.map(({ type, value }) => `${type} ${value}`);
  if (new Set(values).size < values.length) problems.push(`twice the same in ${values.join(', ')}`);
  return problems;
}

/** RFC 5952: URLs follow it, except for an IPv4 address inside. */
function canonical(text = ''): string {
  const { hostname: host } = new URL(`http://[${text}]`);
  return host.slice(1, -1).replace(/^::ffff:([0-9a-f]+):([0-9a-f]+)$/, (_, high: string, low: string) => {
    const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex');
    return `::ffff:${bytes.join('.')}`;
  });
}

function sorted(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.map(String))].sort();
}

function isName(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= 253 && labels.every((label) => dnsLabel.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
  );
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
