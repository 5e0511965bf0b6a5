import { isIP } from 'node:net';
import type { Annotations } from './annotations.ts';

/** Returns the spec of a SecurityPolicy for lists of addresses and a service that decides. */
export function securityOf(annotations: Annotations, namespace: string): object | undefined {
  const rules = [
    ...addressRules(annotations, 'denylist-source-range', 'Deny'),
    ...addressRules(annotations, 'whitelist-source-range', 'Allow'),
    ...addressRules(annotations, 'allowlist-source-range', 'Allow'),
  ];
  const defaultAction = rules.some(({ action }) => action === 'Allow') ? 'Deny' : 'Allow';
  const extAuth = extAuthOf(annotations, namespace);
  if (rules.length === 0 && extAuth === undefined) return undefined;
  return {
    ...(rules.length === 0 ? {} : { authorization: { defaultAction, rules } }),
    ...(extAuth === undefined ? {} : { extAuth }),
  };
}

function addressRules(
  annotations: Annotations,
  name: string,
  action: 'Allow' | 'Deny',
): { readonly action: string; readonly principal: object }[] {
  const texts = annotations.list(name);
  if (texts === undefined) return [];
  const clientCIDRs = texts.flatMap((text) => rangeOf(text) ?? []);
  if (clientCIDRs.length === texts.length) return [{ action, principal: { clientCIDRs } }];
  annotations.refuse(name, 'must be a list of addresses and ranges');
  return [];
}

function rangeOf(text: string): string | undefined {
  const [address = '', length] = text.split('/');
  const version = isIP(address);
  if (version === 0) return undefined;
  if (length === undefined) return `${address}/${version === 4 ? 32 : 128}`;
  return /^\d{1,3}$/.test(length) ? text : undefined;
}

function extAuthOf(annotations: Annotations, namespace: string): object | undefined {
  const text = annotations.text('auth-url');
  const headers = annotations.list('auth-response-headers');
  if (text === undefined) return undefined;
  const [, name, place, port = '80', path] =
    /^http:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?(?::(\d{1,5}))?(\/[^?#$]*)?$/.exec(text) ??
    [];
  if (name === undefined || place !== namespace) {
    annotations.refuse(
      'auth-url',
      'must be http://SERVICE.NAMESPACE.svc/PATH of this namespace, without a query',
    );
    return undefined;
  }
  return {
    // ingress-nginx sends all headers; these are the two by which services decide.
    headersToExtAuth: ['authorization', 'cookie'],
    http: {
      backendRefs: [{ name, port: Number(port) }],
      pathOverride: path ?? '/',
      ...(headers === undefined ? {} : { headersToBackend: headers }),
    },
  };
}
