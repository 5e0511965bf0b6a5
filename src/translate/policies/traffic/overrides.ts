import type { ResponseOverride } from '../../../kinds/envoy-gateway/backend-traffic-answers.ts';
import type { Problem } from '../../../kinds/row.ts';
import { resourceKey, type ReadKey } from '../../../lib/key.ts';
import type { HeaderIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import type { AnswerIR, OverrideIR } from '../../traffic-ir.ts';
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

/** Leaves out an override without a `response`: it asks for another kind of answer. */
export function translateOverrides(
  reader: Reader,
  namespace: string,
  all: readonly ResponseOverride[] = [],
): Overrides {
  reader.expect(bodyKeys(namespace, all));
  const problems: Problem[] = [];
  const overrides = all.flatMap(({ match, response, source }, i): OverrideIR[] => {
    if (response === undefined) return [];
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
    return [{ statuses, headers, from, answer: answerOf(reader, namespace, response, path, problems) }];
  });
  return { overrides, problems };
}

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
    status: statusCode,
    body: resolved?.kind === 'text' ? resolved.text : undefined,
    headers: { set: [...typed, ...(header?.set ?? [])], add: header?.add ?? [] },
  };
}
