import { z } from 'zod';
import { registryHost } from '../shape/oci-reference.ts';

export interface RegistryCredentials {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

const entry = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
});
const config = z.object({ auths: z.record(z.string(), entry) });

/** Keys are hosts or URLs: https://kubernetes.io/docs/concepts/containers/images/#config-json */
export function registriesOf(text: string): RegistryCredentials[] {
  const found = new Map<string, RegistryCredentials>();
  for (const [name, given] of Object.entries(parse(text)?.auths ?? {})) {
    const [authority = ''] = name.replace(/^https?:\/\//, '').split('/');
    const host = registryHost(authority);
    const [username, password] = pair(given);
    if (username !== undefined && password !== undefined) found.set(host, { host, username, password });
  }
  return [...found.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}

function parse(text: string): z.infer<typeof config> | undefined {
  try {
    return config.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Reads both from `auth` (base64) where it is set; a password may have colons. */
function pair({ username, password, auth }: z.infer<typeof entry>): readonly (string | undefined)[] {
  if (auth === undefined) return [username, password];
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}
