import type { ObjectReference } from '../../kinds/gateway-api/gateway.ts';
import { resourceKey, type ReadKey } from '../../lib/key.ts';
import { grantKeys } from '../../kinds/indexes.ts';
import { isPermitted, notPermitted, type Referrer } from '../backends/reference-grant.ts';
import type { Reader } from '../reader.ts';
import { certificatesIn } from './pem.ts';

export interface Authorities {
  /** PEM text of every usable CA, each once. Empty: there is none. */
  readonly bundle: string;
  readonly problems: readonly AuthorityProblem[];
}

export interface AuthorityProblem {
  readonly cause: 'kind' | 'reference' | 'permission';
  readonly message: string;
}

/** Reads the CAs of all references; a bad one takes nothing from the others. `path` is the field path of the list. */
export function authoritiesOf(
  reader: Reader,
  from: Referrer,
  refs: readonly ObjectReference[],
  path: string,
): Authorities {
  const certificates = new Set<string>();
  const problems: AuthorityProblem[] = [];
  for (const [i, ref] of refs.entries()) {
    const found = authorityOf(reader, from, ref, `${path}[${i}]`);
    if ('problem' in found) problems.push(found.problem);
    else for (const certificate of found.certificates) certificates.add(certificate);
  }
  return { bundle: [...certificates].join(''), problems };
}

/** Returns the rows and indexes that `authoritiesOf` reads. */
export function authorityKeys(from: Referrer, refs: readonly ObjectReference[]): ReadKey[] {
  return refs.flatMap((ref) => {
    if (!isSupported(ref)) return [];
    const { group, kind, name } = ref;
    if (kind === 'ClusterTrustBundle') return [resourceKey(kind, '', name)];
    const namespace = ref.namespace ?? from.namespace;
    return [resourceKey(kind, namespace, name), ...grantKeys(from, { group, kind, namespace, name })];
  });
}

/** Kinds that hold CAs, with their groups. */
const groups = { ConfigMap: '', Secret: '', ClusterTrustBundle: 'certificates.k8s.io' } as const;

type AuthorityKind = keyof typeof groups;

function isSupported(ref: ObjectReference): ref is ObjectReference & { readonly kind: AuthorityKind } {
  return Object.hasOwn(groups, ref.kind) && groups[ref.kind as AuthorityKind] === ref.group;
}

function authorityOf(
  reader: Reader,
  from: Referrer,
  ref: ObjectReference,
  path: string,
): { readonly certificates: readonly string[] } | { readonly problem: AuthorityProblem } {
  if (!isSupported(ref)) {
    const kind = ref.group === '' ? ref.kind : `${ref.group}/${ref.kind}`;
    const message = `${path}.kind: ${kind} is not supported, only ${Object.keys(groups).join(', ')} are`;
    return { problem: { cause: 'kind', message } };
  }
  const { kind, name } = ref;
  const invalid = (field: string, what: string) =>
    ({ problem: { cause: 'reference', message: `${path}.${field}: ${what}` } }) as const;
  if (kind === 'ClusterTrustBundle' && ref.namespace !== undefined)
    return invalid('namespace', 'must not be given: a ClusterTrustBundle has none');
  const namespace = kind === 'ClusterTrustBundle' ? '' : (ref.namespace ?? from.namespace);
  if (kind !== 'ClusterTrustBundle' && !isPermitted(reader, from, { group: '', kind, namespace, name })) {
    const message = `${path}.namespace: ${notPermitted(reader, from, kind, namespace)}`;
    return { problem: { cause: 'permission', message } };
  }
  const row = reader.row(kind, namespace, name);
  const object = namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  if (row === undefined) return invalid('name', `${object} does not exist`);
  const certificates = certificatesIn(row.ca ?? '', maxAuthorities);
  const field = kind === 'ClusterTrustBundle' ? 'spec.trustBundle' : 'ca.crt';
  if (certificates === 'malformed')
    return invalid('name', `${object}: ${field} holds a malformed certificate`);
  if (certificates === 'too many')
    return invalid('name', `${object}: ${field} holds more than ${maxAuthorities} certificates`);
  if (certificates.length === 0) return invalid('name', `${object}: ${field} holds no PEM certificate`);
  return { certificates: certificates.map(String) };
}

/** Public CAs together are some 150. */
const maxAuthorities = 500;
