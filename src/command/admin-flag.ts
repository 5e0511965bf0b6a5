import type { Input } from './command.ts';
import { bad, good } from './inputs.ts';

const byDefault = 'http://127.0.0.1:19000';

export const adminFlag: Input<URL> = {
  as: 'flag',
  value: 'URL',
  help: 'the admin server of Sluice',
  byDefault,
  read([text = byDefault]) {
    const url = adminUrl(text);
    return url === undefined ? bad(`must be an http:// URL, such as ${byDefault}`) : good(url);
  },
};

/** The admin server has no TLS, and its paths start at the root. */
export function adminUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  return isPlain && url.username === '' && url.password === '' ? url : undefined;
}
