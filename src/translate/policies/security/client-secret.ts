import type { SecretRef } from '../../../kinds/envoy-gateway/secret-ref.ts';
import type { Problem } from '../../../kinds/row.ts';
import { secretName } from '../../../units/secret-name.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import type { GenericSecretIR } from '../../filter-ir.ts';
import type { Reader } from '../../reader.ts';
import { readSecret } from './secret.ts';

const secretKey = 'client-secret';

/** Returns the SDS name of the secret by which proxies show the provider who they are, or adds a problem. */
export function clientSecretOf(
  reader: Reader,
  home: string,
  ref: SecretRef,
  problems: Problem[],
): string | undefined {
  const text = lineOf(reader, home, ref, 'spec.oidc.clientSecret', secretKey, problems);
  return text && secretName({ kind: 'ClientSecret', namespace: ref.namespace ?? home, name: ref.name });
}

/** Returns the client's name that a Secret holds, or adds a problem. Browsers see it, so it is part of the route. */
export function clientIdOf(
  reader: Reader,
  home: string,
  ref: SecretRef,
  problems: Problem[],
): string | undefined {
  return lineOf(reader, home, ref, 'spec.oidc.clientIDRef', 'client-id', problems);
}

/** Makes the SDS resource; undefined while there is none. */
export function translateClientSecret(
  reader: Reader,
  { namespace, name }: ObjectName,
): GenericSecretIR | undefined {
  const lines = reader.row('Secret', namespace, name)?.lines ?? [];
  const value = lines.find(([key]) => key === secretKey)?.[1];
  return value === undefined
    ? undefined
    : { name: secretName({ kind: 'ClientSecret', namespace, name }), value };
}

/** Never quotes the Secret. */
function lineOf(
  reader: Reader,
  home: string,
  ref: SecretRef,
  path: string,
  key: string,
  problems: Problem[],
): string | undefined {
  const secret = readSecret(reader, home, ref, path, problems);
  if (secret === undefined) return undefined;
  const value = secret.lines?.find(([name]) => name === key)?.[1];
  if (value === undefined) {
    const message = `the Secret has no key ${key} with one line of at most 1024 printable characters`;
    problems.push({ path: `${path}.name`, message });
  }
  return value;
}
