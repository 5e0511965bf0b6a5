/** The admin server has no TLS, and its paths start at the root. */
export function adminUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  return isPlain && url.username === '' && url.password === '' ? url : undefined;
}
