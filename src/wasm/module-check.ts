import { contentHash } from '../lib/hash.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { WantedModule } from '../kinds/own/wasm-module.ts';
import type { RemoteCheck } from '../remote/remote-check.ts';
import { parseOciReference } from '../kinds/shape/oci-reference.ts';
import type { Verdict } from './verdict.ts';

/** The check of one module for one identity. Namespaces do not share its costs, or the faults of its registry. */
export interface ModuleCheck extends RemoteCheck<ModuleCheck> {
  readonly identity: string;
  readonly wanted: WantedModule;
  readonly keys: Set<ResourceKey>;
  verdict: Verdict;
}

/** Returns the key of a check. A rotated secret makes another one, which runs at once and inherits no verdict. */
export function identityOfModule(
  namespace: string,
  { source, sha256, credentials, ca, pullPolicy }: WantedModule,
): string {
  return contentHash(
    JSON.stringify([
      namespace,
      source.kind,
      source.url,
      sha256 ?? null,
      credentials === undefined ? null : [credentials.username, credentials.password],
      ca ?? null,
      pullPolicy,
    ]),
  );
}

/** Returns the module's host, with a port when the source has one. */
export function registryOf({ source }: WantedModule): string | undefined {
  if (source.kind === 'image') return parseOciReference(source.url)?.registry;
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.host : undefined;
}
