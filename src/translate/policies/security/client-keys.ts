import type { ApiKeyAuth } from '../../../kinds/envoy-gateway/client-secrets.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { Reader } from '../../reader.ts';
import type { ClientKeysIR } from '../../security-ir.ts';
import { readSecret } from './secret.ts';

/** A client of several Secrets has the key of the first; two clients must not have one key. */
export function translateClientKeys(
  reader: Reader,
  home: string,
  { credentialRefs, extractFrom, forwardClientIDHeader, sanitize }: ApiKeyAuth,
  problems: Problem[],
): ClientKeysIR | undefined {
  const before = problems.length;
  const clients = new Map<string, string>();
  const known = new Set<string>();
  for (const [i, ref] of credentialRefs.entries()) {
    const path = `spec.apiKeyAuth.credentialRefs[${i}]`;
    const secret = readSecret(reader, home, ref, path, problems);
    if (secret === undefined) continue;
    const wrong = (message: string): void => void problems.push({ path: `${path}.name`, message });
    if (secret.hasMore === true)
      wrong('each key of the Secret must be one line of at most 1024 printable characters');
    for (const [client, key] of secret.lines ?? []) {
      if (clients.has(client)) continue;
      if (known.has(key)) wrong(`the key of client ${client} is that of another client`);
      known.add(key);
      clients.set(client, key);
    }
  }
  if (problems.length > before) return undefined;
  return {
    clients: [...clients].map(([client, key]) => ({ client, key })),
    sources: extractFrom.flatMap(({ headers = [], params = [], cookies = [] }) => [
      ...headers.map((name) => ({ kind: 'header', name: name.toLowerCase() }) as const),
      ...params.map((name) => ({ kind: 'query', name }) as const),
      ...cookies.map((name) => ({ kind: 'cookie', name }) as const),
    ]),
    header: forwardClientIDHeader?.toLowerCase(),
    isHidden: sanitize,
  };
}
