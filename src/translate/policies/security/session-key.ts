import { hkdfSync } from 'node:crypto';
import { sessionKeyKey } from '../../../kinds/own/session-key.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import { secretName } from '../../../units/secret-name.ts';
import type { GenericSecretIR } from '../../filter-ir.ts';
import type { Reader } from '../../reader.ts';

/**
 * Returns the key by which proxies sign and encrypt the cookies of a policy: another for each, so that cookies of one are
 * worth nothing to another, and the same again for a policy that is made anew. Undefined: the installation has none yet.
 */
export function translateSessionKey(reader: Reader, policy: PolicyName): GenericSecretIR | undefined {
  const secret = installationKey(reader);
  if (secret === undefined) return undefined;
  const info = `session of SecurityPolicy ${policy.namespace}/${policy.name}`;
  const value = Buffer.from(hkdfSync('sha256', secret, '', info, 32)).toString('base64');
  return { name: secretName({ kind: 'SessionKey', ...policy }), value };
}

export function hasSessionKey(reader: Reader): boolean {
  return installationKey(reader) !== undefined;
}

function installationKey(reader: Reader): string | undefined {
  const { namespace, name } = splitResourceKey(sessionKeyKey);
  return reader.row('SessionKey', namespace, name)?.secret;
}
