import { z } from 'zod';
import type { ResourceKey } from '../../lib/key.ts';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';

/** A module that a policy asks for, with all that decides if it may have it. */
export interface WantedModule {
  readonly source:
    | { readonly kind: 'http'; readonly url: string }
    | { readonly kind: 'image'; readonly url: string };
  /** Hex. Of the module when it comes by HTTP, of the image's manifest when it is an image. */
  readonly sha256: string | undefined;
  /** Credentials from the pull secret, for this registry. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** PEM. Trusted in addition to the authorities of the system. */
  readonly ca: string | undefined;
  /** `Always` looks for a moved tag more often; both look for it. */
  readonly pullPolicy: 'IfNotPresent' | 'Always';
}

/**
 * The module keeper's answer to a {@link WantedModule}: if a policy may run its module, and which bytes that are. `since`,
 * `nextAttempt` and `message` differ between replicas, so no resource may depend on them.
 */
const wasmModule = z.object({
  /**
   * `allowed`: this identity may read the module, and its bytes are here; with a `message`, a later check failed and the
   * module stays. `denied`: a user has to act. `unknown`: not checked yet. `unreachable`: no answer yet.
   */
  state: z.enum(['unknown', 'allowed', 'denied', 'unreachable']),
  /** Hex, of the module's bytes. Set when `allowed`. */
  sha256: z.string().optional(),
  /** Bytes. Set when `allowed`. */
  size: z.int().optional(),
  /** ISO 8601, start of this state. */
  since: z.string(),
  /** ISO 8601. Set while an error may pass by itself. */
  nextAttempt: z.string().optional(),
  /** The error in one line, in the registry's own words when it has given any. */
  message: z.string().optional(),
});

export type WasmModuleRow = z.infer<typeof wasmModule>;

export function wasmModuleRow(key: ResourceKey, value: WasmModuleRow): Row {
  return { key, bytes: encodeJson(wasmModule.parse(value)), indexes: [], units: [], follow: [] };
}
