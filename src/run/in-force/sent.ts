import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { rulesOf, typeUrl, typeUrls, type TypePlural, type TypeUrl } from '../../publish/type-table.ts';
import type { ViewResource } from '../../publish/view-resource.ts';
import type { ProxyState } from '../../xds/proxy-state.ts';
import type { Controller } from '../controller.ts';
import { behindText } from '../proxy-json.ts';
import { resourceJson } from '../resource-json.ts';

/** A resource that proxies of a Gateway are sent. */
export interface SentResource {
  readonly gateway: string;
  readonly type: TypePlural;
  readonly name: string;
  readonly version: string;
  /** Connected proxies of the Gateway. */
  readonly proxies: number;
  /** Those that lack this version, up to a limit. */
  readonly lackedBy: readonly LackingProxy[];
  readonly lacking: number;
  /** Certificates of a Secret, of which nothing else is shown. */
  readonly certificates?: readonly CertificateJson[];
  /** Decoded, where it is asked for. */
  readonly resource?: unknown;
}

export interface LackingProxy {
  readonly proxy: string;
  readonly acked?: string;
  readonly forMs: number;
  readonly why: string;
}

export interface CertificateJson {
  readonly names: readonly string[];
  /** RFC 3339. */
  readonly validUntil: string;
}

export interface SentQuery {
  readonly type: string;
  /** `namespace/name`; undefined: all. */
  readonly gateway: string | undefined;
  readonly names: readonly string[];
  readonly decoded: boolean;
}

/** Names of proxies for each resource: enough to see the problem. */
const maxLacking = 10;

/**
 * Yields what proxies are sent of a type. O(resources of the type, and what proxies lack); decodes only what is asked for,
 * and certificates.
 */
export function* sentResources(
  controller: Controller,
  query: SentQuery,
  clock: Clock,
): Generator<SentResource> {
  const type = typeUrls.find((url) => rulesOf(url).plural === query.type);
  if (type === undefined) return;
  const wanted = new Set(query.names);
  for (const gateway of controller.gateways().sort()) {
    if (query.gateway !== undefined && gateway !== query.gateway) continue;
    const view = controller.view(gateway);
    if (view === undefined) continue;
    const { proxies, lacking } = lackingOf(controller.fleet.connected(), gateway, type, clock);
    for (const name of [...view.names(type)].sort()) {
      if (wanted.size > 0 && !wanted.has(name)) continue;
      const resource = view.get(type, name);
      if (resource === undefined) continue;
      const by = lacking.get(name) ?? [];
      yield {
        gateway,
        type: rulesOf(type).plural,
        name,
        version: resource.version,
        proxies,
        lackedBy: by.slice(0, maxLacking),
        lacking: by.length,
        ...contentOf(type, resource, query.decoded),
      };
    }
  }
}

function contentOf(
  type: TypeUrl,
  resource: ViewResource,
  decoded: boolean,
): Pick<SentResource, 'certificates' | 'resource'> {
  // Passwords and keys of clients are Secrets too.
  if (type === typeUrl.secret) return { certificates: certificatesOf(resourceJson(resource)) };
  return decoded ? { resource: resourceJson(resource) } : {};
}

function lackingOf(
  connected: Iterable<ProxyState>,
  gateway: string,
  type: TypeUrl,
  clock: Clock,
): { readonly proxies: number; readonly lacking: ReadonlyMap<string, readonly LackingProxy[]> } {
  const lacking = new Map<string, LackingProxy[]>();
  let proxies = 0;
  for (const { id, fleet, types } of connected) {
    if (fleet !== gateway) continue;
    proxies++;
    const now = clock.now();
    for (const { name, acked, since, reason } of types.find((state) => state.type === type)?.behind() ?? []) {
      const all = lacking.get(name) ?? [];
      lacking.set(name, all);
      all.push({
        proxy: id,
        ...(acked === undefined ? {} : { acked }),
        forMs: Math.round(now - since),
        why: behindText(reason),
      });
    }
  }
  return { proxies, lacking };
}

/** Reads the chain of a TLS certificate, or the CAs of a validation context. */
function certificatesOf(secret: Readonly<Record<string, unknown>>): CertificateJson[] {
  const pem = [
    bytesAt(secret['tlsCertificate'], 'certificateChain'),
    bytesAt(secret['validationContext'], 'trustedCa'),
  ].join('\n');
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)].flatMap(
    ([text]) => {
      try {
        const { subject, subjectAltName, validToDate } = new X509Certificate(text);
        const names = subjectAltName?.split(', ').map((name) => name.replace(/^DNS:/, '')) ?? [subject];
        return [{ names, validUntil: validToDate.toISOString() }];
      } catch {
        return [];
      }
    },
  );
}

function bytesAt(message: unknown, field: string): string {
  const source = member(message, field);
  const [text, bytes] = [member(source, 'inlineString'), member(source, 'inlineBytes')];
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64').toString('latin1');
  return typeof text === 'string' ? text : '';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
