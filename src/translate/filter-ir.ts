/** Effects of filters on a route; part of `ir.ts`. */

/** Replaces what the regular expression matches. A substitution may name groups, as `\1`. */
export interface RegexRewriteIR {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly substitution: string;
}

/** Source of the Host header that backends see. */
export type HostRewriteIR = {
  /** Appends the client's Host to `X-Forwarded-Host`. */
  readonly isNoted: boolean;
} & (
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'header'; readonly name: string }
  /** The DNS name of the backend, where it has one. */
  | { readonly kind: 'backend' }
  /** Made of the path. */
  | { readonly kind: 'path'; readonly rewrite: RegexRewriteIR }
);

/** Answer that a route gives itself. */
export interface ResponseIR {
  readonly status: number;
  /** In Envoy's format language. Undefined: no body. */
  readonly body?: string | undefined;
}

/** A credential that is added to requests. */
export interface CredentialIR {
  /** SDS name. */
  readonly secret: string;
  /** Undefined: `Authorization`. */
  readonly header: string | undefined;
  /** Replaces a header that the request has already. */
  readonly overwrites: boolean;
}

/** A secret text as proxies get it. */
export interface GenericSecretIR {
  readonly name: string;
  readonly value: string;
}
