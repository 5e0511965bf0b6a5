/** Result of {@link bodyFormat}. */
type BodyFormat =
  | { readonly kind: 'format'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Limit of a body, in bytes. Larger ones are for a backend: Envoy has a copy for each match and hostname of the rule, and
 * gets all of them again with each change of a hostname's routes.
 */
const maxBodyBytes = 32 * 1024;

/** Limit of all copies of a body at one hostname, in bytes: 8 matches with the largest, hundreds with a short one. */
export const maxCopiedBytes = 8 * maxBodyBytes;

/**
 * Returns the body of a response in Envoy's format language. Commands are expanded as long as they say something of the
 * request alone: authors of routes must not read the proxy's environment, files or metadata. A percent sign that begins
 * no command is itself, as in a style sheet.
 */
export function bodyFormat(body: string): BodyFormat {
  const size = Buffer.byteLength(body);
  if (size > maxBodyBytes) return invalid(`has ${size} bytes, at most ${maxBodyBytes} are allowed`);
  if (!body.isWellFormed()) return invalid('must be text');
  for (const [, name, argument] of body.matchAll(command)) {
    if (name === undefined) continue;
    const takes = commands.get(name);
    if (takes === undefined) return invalid(`must not use %${name}%: it tells more than of the request`);
    if (!takes.test(argument ?? '')) return invalid(`the argument of %${name}% is not supported`);
  }
  return {
    kind: 'format',
    text: body.replaceAll(command, (text, name) => (name === undefined ? '%%' : text)),
  };
}

/** Matches a command, `%%`, or a percent sign alone. */
const command = /%(?:%|([A-Z][A-Z0-9_]*)(?:\(([^()]*)\))?(?::[0-9]+)?%)?/g;

const none = /^$/;
/** Two names of headers are the second for want of the first. */
const header = /^:?[\w-]+(?:\?:?[\w-]+)?$/;

/** Commands that every request has an answer to, and what they take in parentheses. */
const commands: ReadonlyMap<string, RegExp> = new Map([
  ['REQ', header],
  ['REQUEST_HEADER', header],
  ...[
    'DOWNSTREAM_LOCAL_PORT',
    'DOWNSTREAM_REMOTE_ADDRESS',
    'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
    'DOWNSTREAM_TLS_VERSION',
    'PROTOCOL',
    'REQUESTED_SERVER_NAME',
    'RESPONSE_CODE',
    'ROUTE_NAME',
    'START_TIME',
    'STREAM_ID',
    'TRACE_ID',
  ].map((name) => [name, none] as const),
]);

function invalid(message: string): BodyFormat {
  return { kind: 'invalid', message };
}
