/** The part of the package that the rig uses; it comes without types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Context {
    readonly path: string;
    readonly oidc: {
      readonly client?: { readonly clientId: string };
      readonly session?: { readonly accountId?: string };
      readonly params?: { readonly scope?: string };
      readonly body?: Readonly<Record<string, string>>;
      readonly provider: Provider;
    };
  }

  class Grant {
    constructor(of: { readonly accountId: string | undefined; readonly clientId: string | undefined });
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, options: object);
    readonly Grant: typeof Grant;
    callback(): RequestListener;
    on(event: string, listener: (context: Context) => void): void;
  }
}
