import { send, type Answer } from '../envoy/http-client.ts';

interface Cookie {
  readonly value: string;
  readonly path: string;
}

const maxRedirects = 12;

/** An HTTP client with the cookies of a browser, which follows redirects and logs in at the page of the rig's provider. */
export class CookieClient {
  /** By host, then by name. */
  readonly cookies = new Map<string, Map<string, Cookie>>();
  /** URLs that were asked for, in order. */
  readonly visited: string[] = [];
  readonly #gatewayPort: number;

  /** Hosts without a port are those of the Gateway. */
  constructor(gatewayPort: number) {
    this.#gatewayPort = gatewayPort;
  }

  cookiesOf(host: string): ReadonlyMap<string, Cookie> {
    return this.cookies.get(host) ?? new Map();
  }

  /** Sends one request. */
  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send(new URL(url), { headers });
  }

  /** Follows redirects until a page answers. */
  async open(url: string): Promise<{ readonly url: string; readonly answer: Answer }> {
    let at = new URL(url);
    for (let i = 0; i < maxRedirects; i++) {
      const answer = await this.#send(at, {});
      const [location] = answer.headers.get('location') ?? [];
      if (location === undefined) return { url: at.href, answer };
      at = new URL(location, at);
    }
    throw new Error(`too many redirects, the last to ${at.href}`);
  }

  /** Opens a page, logs in where the provider asks, and returns the page on which this ends. */
  async logIn(url: string, name = 'ann'): Promise<{ readonly url: string; readonly answer: Answer }> {
    const page = await this.open(url);
    const action = /<form[^>]* action="([^"]+)"/.exec(page.answer.body)?.[1];
    if (action === undefined || !page.answer.body.includes('name="login"'))
      throw new Error(
        `no page of login: ${page.answer.status} ${page.url} ${page.answer.body.slice(0, 300)}`,
      );
    return this.submit(new URL(action, page.url).href, { prompt: 'login', login: name, password: 'any' });
  }

  async submit(url: string, fields: Readonly<Record<string, string>>) {
    const at = new URL(url);
    const body = new URLSearchParams(fields).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#send(at, { method: 'POST', body, headers });
    const [location] = answer.headers.get('location') ?? [];
    return location === undefined ? { url, answer } : this.open(new URL(location, at).href);
  }

  async #send(
    url: URL,
    request: { method?: string; body?: string; headers?: Readonly<Record<string, string>> },
  ): Promise<Answer> {
    this.visited.push(url.href);
    const cookie = [...this.cookiesOf(url.hostname)]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const answer = await send(url.port === '' ? this.#gatewayPort : Number(url.port), {
      ...request,
      host: url.host,
      path: `${url.pathname}${url.search}`,
      headers: { ...(cookie === '' ? {} : { cookie }), ...request.headers },
    });
    for (const line of answer.headers.get('set-cookie') ?? []) this.#keep(url.hostname, line);
    return answer;
  }

  #keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const given = new Map(
      attributes.map((text) => {
        const [key = '', of = ''] = text.split('=');
        return [key.toLowerCase(), of];
      }),
    );
    const known = this.cookies.get(host) ?? new Map<string, Cookie>();
    this.cookies.set(host, known);
    const expires = given.get('expires');
    const isOver =
      given.get('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now());
    if (isOver) known.delete(name);
    else known.set(name, { value, path: given.get('path') ?? '/' });
  }
}
