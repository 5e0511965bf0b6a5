import type { ResponseOverride } from '../../../kinds/envoy-gateway/backend-traffic-answers.ts';
import type { Problem } from '../../../kinds/row.ts';
import { resourceKey, type ReadKey } from '../../../lib/key.ts';
import type { HeaderIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import type { AnswerIR, LocationIR, OverrideIR } from '../../traffic-ir.ts';
import { resolveBody } from './response-body.ts';

export interface Overrides {
  readonly overrides: readonly OverrideIR[];
  readonly problems: readonly Problem[];
}

function bodyKeys(namespace: string, all: readonly ResponseOverride[] = []): ReadKey[] {
  return all.flatMap(({ response }) => {
    const name = response?.body?.valueRef?.name;
    return name === undefined ? [] : [resourceKey('ConfigMap', namespace, name)];
  });
}

/** `port`: that of the listener, which a redirect to another hostname keeps. Reports do not need it. */
export function translateOverrides(
  reader: Reader,
  namespace: string,
  all: readonly ResponseOverride[] = [],
  port?: number,
): Overrides {
  reader.expect(bodyKeys(namespace, all));
  const problems: Problem[] = [];
  const overrides = all.flatMap(({ match, response, redirect, source }, i): OverrideIR[] => {
    if (lacksHostname(redirect)) return [];
    const path = `spec.responseOverride[${i}]`;
    const headers = (match.responseHeaders ?? []).map(({ name, value: { type, value } }, j) => {
      const problem = type === 'RegularExpression' ? regexProblem(value, namespace) : undefined;
      const at = `${path}.match.responseHeaders[${j}].value`;
      if (problem !== undefined) problems.push({ path: at, message: problem });
      return { name: name.toLowerCase(), kind: type, value };
    });
    const statuses = (match.statusCodes ?? []).flatMap(({ type, value = 0, range }) =>
      type === 'Value' || range === undefined
        ? [[value, value] as const]
        : [[range.start, range.end] as const],
    );
    const from = ({ All: undefined, Local: 'proxy', Backend: 'backend' } as const)[source];
    const answer =
      redirect === undefined
        ? answerOf(reader, namespace, response ?? {}, path, problems)
        : locationOf(redirect, port);
    return [{ statuses, headers, from, answer }];
  });
  return { overrides, problems };
}

type Redirect = NonNullable<ResponseOverride['redirect']>;

/** Returns true for a redirect to a port of the request's own host, whose name Envoy does not have without its port here. */
export function lacksHostname(redirect: Redirect | undefined): boolean {
  return redirect?.port !== undefined && redirect.hostname === undefined;
}

/** The Location has no port that is its scheme's own. */
function locationOf({ scheme, hostname, path, port, statusCode }: Redirect, listener?: number): LocationIR {
  const wanted = port ?? (scheme === undefined && hostname !== undefined ? listener : undefined);
  const isImplied =
    scheme === undefined
      ? port === undefined && [80, 443].includes(wanted ?? 80)
      : wanted === schemePort[scheme];
  return {
    kind: 'redirect',
    status: statusCode,
    scheme,
    hostname,
    port: isImplied ? undefined : wanted,
    path: path?.replaceFullPath,
  };
}

const schemePort = { http: 80, https: 443 } as const;

function answerOf(
  reader: Reader,
  namespace: string,
  { contentType, body, statusCode, header }: NonNullable<ResponseOverride['response']>,
  path: string,
  problems: Problem[],
): AnswerIR {
  const resolved = body && resolveBody(reader, namespace, body);
  if (resolved?.kind === 'invalid')
    problems.push({ path: `${path}.response.body${resolved.path}`, message: resolved.message });
  const typed: HeaderIR[] = contentType === undefined ? [] : [{ name: 'content-type', value: contentType }];
  return {
    kind: 'answer',
    status: statusCode,
    body: resolved?.kind === 'text' ? resolved.text : undefined,
    headers: { set: [...typed, ...(header?.set ?? [])], add: header?.add ?? [] },
  };
}
