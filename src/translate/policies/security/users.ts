import type { BasicAuth } from '../../../kinds/envoy-gateway/client-secrets.ts';
import type { Problem } from '../../../kinds/row.ts';
import type { Reader } from '../../reader.ts';
import type { UsersIR } from '../../security-ir.ts';
import { readSecret } from './secret.ts';

/** Each route of the policy holds the users: a hundred bytes for each of some hundred users. */
const maxCharacters = 32_768;

export function translateUsers(
  reader: Reader,
  home: string,
  { users, forwardUsernameHeader }: BasicAuth,
  problems: Problem[],
): UsersIR | undefined {
  const path = 'spec.basicAuth.users';
  const secret = readSecret(reader, home, users, path, problems);
  if (secret === undefined) return undefined;
  const lines = (secret.users ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const message = usersProblem(lines);
  if (message === undefined) return { lines: lines.join('\n'), header: forwardUsernameHeader?.toLowerCase() };
  problems.push({ path: `${path}.name`, message: `key .htpasswd of the Secret ${message}` });
  return undefined;
}

/**
 * Envoy rejects a whole virtual host for a line that it cannot read, so this must never be laxer: a name once, and the
 * SHA-1 of the password, as `htpasswd -s` writes it. Messages name lines by their number alone.
 */
function usersProblem(lines: readonly string[]): string | undefined {
  if (lines.length === 0) return 'has no users';
  if (lines.reduce((sum, line) => sum + line.length + 1, 0) > maxCharacters)
    return `has more than ${maxCharacters} characters`;
  const names = new Set<string>();
  for (const [i, line] of lines.entries()) {
    const at = line.indexOf(':');
    const name = line.slice(0, at);
    if (at < 1) return `has no name and password in line ${i + 1}`;
    if (!sha1.test(line.slice(at + 1))) return `must have {SHA} and 20 bytes of base64 in line ${i + 1}`;
    if (names.has(name)) return `has the name of line ${i + 1} twice`;
    names.add(name);
  }
  return undefined;
}

const sha1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;
