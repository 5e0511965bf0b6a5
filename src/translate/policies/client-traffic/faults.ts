import type { ClientTrafficPolicyRow } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import type { StringMatch } from '../../../kinds/envoy-gateway/string-match.ts';
import type { Problem } from '../../../kinds/row.ts';
import { unreadableParts } from '../../../kinds/unreadable.ts';
import { matchesRegex, regexProblem } from '../../routes/http/regex.ts';

/** Lists the faults of a policy by itself. Its HTTP listeners answer 500, as a setting may be what restricts clients. */
export function faultsOf(namespace: string, { metadata, spec }: ClientTrafficPolicyRow): Problem[] {
  // Single targets are not part of it: the others are in force beside them.
  const own = { ...spec, targetRef: undefined, targetRefs: [], targetSelectors: [] };
  return [
    ...unreadableParts(metadata, 'metadata'),
    ...unreadableParts(own, 'spec'),
    ...textMatches(spec).flatMap(([path, match]) => matchProblem(namespace, path, match)),
    ...removals(spec.headers?.earlyRequestHeaders?.removeOnMatch, 'earlyRequestHeaders', ofRequests),
    ...removals(spec.headers?.lateResponseHeaders?.removeOnMatch, 'lateResponseHeaders', ofResponses),
  ];
}

type Spec = ClientTrafficPolicyRow['spec'];

function textMatches({ headers, http1, tls }: Spec): [string, StringMatch][] {
  const names = tls?.clientValidation?.subjectAltNames;
  const lists: Readonly<Record<string, readonly StringMatch[] | undefined>> = {
    'headers.earlyRequestHeaders.removeOnMatch': headers?.earlyRequestHeaders?.removeOnMatch,
    'headers.lateResponseHeaders.removeOnMatch': headers?.lateResponseHeaders?.removeOnMatch,
    'http1.ignoredUpgradeTypes': http1?.ignoredUpgradeTypes,
    'tls.clientValidation.subjectAltNames.dnsNames': names?.dnsNames,
    'tls.clientValidation.subjectAltNames.emailAddresses': names?.emailAddresses,
    'tls.clientValidation.subjectAltNames.ipAddresses': names?.ipAddresses,
    'tls.clientValidation.subjectAltNames.uris': names?.uris,
    'tls.clientValidation.subjectAltNames.otherNames': names?.otherNames,
  };
  return Object.entries(lists).flatMap(([path, matches = []]) =>
    matches.map((match, i): [string, StringMatch] => [`spec.${path}[${i}].value`, match]),
  );
}

function matchProblem(namespace: string, path: string, { type, value }: StringMatch): Problem[] {
  const problem = type === 'RegularExpression' ? regexProblem(value, namespace) : undefined;
  return problem === undefined ? [] : [{ path, message: problem }];
}

/** Headers without which Envoy cannot go on. */
const ofRequests = [':method', ':path', ':authority', ':scheme', 'host'];
const ofResponses = [':status'];

function removals(matches: readonly StringMatch[] = [], field: string, needed: readonly string[]): Problem[] {
  return matches.flatMap((match, i) => {
    const lost = needed.find((name) => isMatch(match, name));
    const path = `spec.headers.${field}.removeOnMatch[${i}].value`;
    return lost === undefined ? [] : [{ path, message: `must not match ${lost}` }];
  });
}

function isMatch({ type, value }: StringMatch, name: string): boolean {
  const wanted = value.toLowerCase();
  switch (type) {
    case 'Exact':
      return name === wanted;
    case 'Prefix':
      return name.startsWith(wanted);
    case 'Suffix':
      return name.endsWith(wanted);
    case 'RegularExpression':
      return matchesRegex(value, name);
  }
}
