import type { ObjectReference } from '../../kinds/gateway-api/gateway.ts';
import type { Problem } from '../../kinds/row.ts';
import { isPermitted, notPermitted, type Referrer } from '../backends/reference-grant.ts';
import type { Reader } from '../reader.ts';

export interface Revocations {
  /** PEM text of all lists. */
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** Reads the certificate revocation lists of all references. `path` is the field path of the list. */
export function revocationsOf(
  reader: Reader,
  from: Referrer,
  refs: readonly ObjectReference[],
  path: string,
): Revocations {
  const found = refs.map((ref, i) => listsAt(reader, from, ref, `${path}[${i}]`));
  return {
    text: found.flatMap((one) => ('text' in one ? one.text : [])).join(''),
    problems: found.flatMap((one) => ('problem' in one ? one.problem : [])),
  };
}

function listsAt(
  reader: Reader,
  from: Referrer,
  { group, kind, name, namespace = from.namespace }: ObjectReference,
  path: string,
): { readonly text: string } | { readonly problem: Problem } {
  if (group !== '' || (kind !== 'ConfigMap' && kind !== 'Secret')) {
    const message = 'must be ConfigMap or Secret';
    return { problem: { path: `${path}.kind`, message } };
  }
  if (!isPermitted(reader, from, { group, kind, namespace, name }))
    return {
      problem: { path: `${path}.namespace`, message: notPermitted(reader, from, kind, namespace) },
    };
  const row = reader.row(kind, namespace, name);
  const object = `${kind} ${namespace}/${name}`;
  const invalid = (message: string) => ({ problem: { path: `${path}.name`, message } });
  if (row === undefined) return invalid(`${object} does not exist`);
  const blocks = row.revoked?.match(block) ?? [];
  if (blocks.length === 0) return invalid(`${object}: ca.crl holds no PEM revocation list`);
  if (!blocks.every(isList)) return invalid(`${object}: ca.crl holds a malformed revocation list`);
  return { text: blocks.map((text) => `${text}\n`).join('') };
}

const block = /-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g;

/**
 * Returns true for a sequence of a sequence, a sequence and a bit string: the outline of a CertificateList. Node.js cannot
 * read lists, and Envoy rejects a Secret with one that is malformed further inside. https://www.rfc-editor.org/rfc/rfc5280#section-5.1
 */
function isList(pem: string): boolean {
  const der = Buffer.from(pem.split('-----')[2] ?? '', 'base64');
  const outer = elementAt(der, 0);
  if (outer === undefined || outer.tag !== 0x30 || outer.end !== der.length) return false;
  const tags: number[] = [];
  for (let at = outer.start; at < outer.end;) {
    const inner = elementAt(der, at);
    if (inner === undefined || inner.end > outer.end) return false;
    tags.push(inner.tag);
    at = inner.end;
  }
  return tags.length === 3 && tags[0] === 0x30 && tags[1] === 0x30 && tags[2] === 0x03;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the tag and the length of a DER element; undefined: there is none. */
function elementAt(der: Buffer, at: number): Element | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return elementOf(der, tag, at + 2, first);
  const size = first & 0x7f;
  if (size === 0 || size > 4 || at + 2 + size > der.length) return undefined;
  return elementOf(der, tag, at + 2 + size, der.readUIntBE(at + 2, size));
}

function elementOf(der: Buffer, tag: number, start: number, length: number): Element | undefined {
  return start + length > der.length ? undefined : { tag, start, end: start + length };
}
