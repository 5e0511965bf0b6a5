import type { Annotations } from './annotations.ts';

/** The defaults of ingress-nginx. */
const methods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'];
const headers = [
  'DNT',
  'Keep-Alive',
  'User-Agent',
  'X-Requested-With',
  'If-Modified-Since',
  'Cache-Control',
  'Content-Type',
  'Range',
  'Authorization',
];

/** Returns the CORS filter of `enable-cors`. */
export function corsOf(annotations: Annotations): object[] {
  const isEnabled = annotations.isTrue('enable-cors');
  const expose = annotations.list('cors-expose-headers');
  const cors = {
    allowOrigins: annotations.list('cors-allow-origin') ?? ['*'],
    allowMethods: annotations.list('cors-allow-methods') ?? methods,
    allowHeaders: annotations.list('cors-allow-headers') ?? headers,
    ...(expose === undefined ? {} : { exposeHeaders: expose }),
    allowCredentials: annotations.isTrue('cors-allow-credentials', true),
    maxAge: annotations.number('cors-max-age') ?? 1_728_000,
  };
  return isEnabled ? [{ type: 'CORS', cors }] : [];
}
