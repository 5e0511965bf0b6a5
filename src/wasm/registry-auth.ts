/** Login that a registry asks for: https://datatracker.ietf.org/doc/html/rfc9110#section-11.6.1 */
export type Challenge =
  | { readonly kind: 'basic' }
  /** https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md */
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** Reads `WWW-Authenticate`, preferring a token; undefined for an unknown scheme. */
export function parseChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
  const text = (typeof header === 'string' ? header : (header ?? []).join(', ')).slice(0, maxLength);
  const bearer = /(?:^|[\s,])bearer\s(.*)/is.exec(text)?.[1];
  if (bearer !== undefined) {
    const realm = /(?:^|[\s,])realm="([^"]*)"/i.exec(bearer)?.[1];
    if (realm !== undefined)
      return { kind: 'bearer', realm, service: /(?:^|[\s,])service="([^"]*)"/i.exec(bearer)?.[1] };
  }
  return /(?:^|[\s,])basic(?:\s|$)/i.test(text) ? { kind: 'basic' } : undefined;
}

const maxLength = 4096;

/**
 * Returns true when a registry's credentials may go to its token server: the registry itself, or a host in its domain,
 * as auth.docker.io for registry-1.docker.io and gitlab.com for registry.gitlab.com.
 */
export function mayHaveCredentials(registry: URL, realm: URL): boolean {
  if (realm.protocol !== registry.protocol) return false;
  if (realm.host === registry.host) return true;
  const parent = registry.hostname.slice(registry.hostname.indexOf('.') + 1);
  const isNamed = /[a-z]/.test(parent.slice(parent.lastIndexOf('.') + 1));
  const isDomain = isNamed && parent.includes('.') && registry.hostname.includes('.');
  return isDomain && (realm.hostname === parent || realm.hostname.endsWith(`.${parent}`));
}

export function basic({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
