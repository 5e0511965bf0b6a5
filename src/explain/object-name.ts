/** Reads `httproute/ns/name` or `httproute/name`, whose namespace is `default`, as kubectl writes kinds: in any case. */
export function readObjectName(text: string, kinds: readonly string[]): string | undefined {
  const [kind = '', ...rest] = text.split('/');
  const [namespace = '', name = ''] = rest.length === 1 ? ['default', rest[0]] : rest;
  const known = kinds.find((one) => {
    const lower = one.toLowerCase();
    return [lower, `${lower}s`, `${lower.replace(/y$/, 'ie')}s`].includes(kind.toLowerCase());
  });
  if (known === undefined || rest.length > 2 || namespace === '' || name === '') return undefined;
  return `${known}/${known === 'GatewayClass' ? '' : namespace}/${name}`;
}
