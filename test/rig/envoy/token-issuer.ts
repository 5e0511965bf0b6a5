import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** Makes JSON Web Tokens, and the keys by which they are verified. */
export class TokenIssuer {
  readonly issuer: string;
  #id = 0;
  #key: KeyObject;
  #public: KeyObject;

  constructor(issuer: string) {
    this.issuer = issuer;
    ({ privateKey: this.#key, publicKey: this.#public } = pair());
  }

  /** Makes tokens from now on by another key. */
  rotate(): void {
    this.#id++;
    ({ privateKey: this.#key, publicKey: this.#public } = pair());
  }

  /** JSON of the key set. */
  get keySet(): string {
    const key = {
      ...this.#public.export({ format: 'jwk' }),
      alg: 'ES256',
      use: 'sig',
      kid: String(this.#id),
    };
    return JSON.stringify({ keys: [key] });
  }

  token(claims: object = {}): string {
    const head = part({ alg: 'ES256', typ: 'JWT', kid: String(this.#id) });
    const body = part({ iss: this.issuer, sub: 'ann', exp: Math.floor(Date.now() / 1000) + 3600, ...claims });
    const text = `${head}.${body}`;
    const signature = sign('sha256', Buffer.from(text), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  /** Headers of a request with a token. */
  headers(claims: object = {}): Record<string, string> {
    return { authorization: `Bearer ${this.token(claims)}` };
  }
}

function pair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
