import { tmpdir } from 'node:os';
import type { UnitOutput } from '../../../src/batch/outcome.ts';
import type { Config } from '../../../src/config/config.ts';
import { configFrom } from '../../../src/config/load.ts';
import type { TlsIdentity } from '../../../src/lib/tls-identity.ts';

export interface EnvoyRigOptions {
  /** Given their ports; one HTTP listener by default. */
  readonly listeners?: (ports: readonly number[]) => readonly object[];
  readonly ports?: number;
  readonly mode?: 'threads' | 'inline';
  readonly concurrency?: number;
  /** `xds.drainMs`; Sluice's default unless given. */
  readonly drainMs?: number;
  /** `xds.holdMs`. By default so long that no test on a slow machine comes to the deadline, after which order is lost. */
  readonly holdMs?: number;
  /** For `inline` mode; see TamperedPool. */
  readonly tamper?: (output: UnitOutput) => UnitOutput;
  /** Section `wasm` of the config; without it no module is fetched. */
  readonly wasm?: object;
  /** Mutual TLS: the server's identity, and the bootstrap of an Envoy that it accepts. */
  readonly tls?: {
    readonly identity: TlsIdentity;
    readonly bootstrap: (xdsPort: number) => string;
  };
}

/** The files of `tls` are not read: the test gives the identity. */
export function configOf(
  port: number,
  { mode = 'inline', tls, drainMs, holdMs = 30_000 }: EnvoyRigOptions,
): Config {
  const loaded = configFrom(
    {
      provider: { type: 'file', file: { directory: tmpdir() } },
      translate: {
        mode,
        allowLoopbackEndpoints: true,
        backends: { hostnames: true, unixSockets: true },
        lua: true,
      },
      xds: {
        port,
        tls: tls === undefined ? 'off' : { certFile: '.', keyFile: '.', caFile: '.' },
        holdMs,
        ...(drainMs === undefined ? {} : { drainMs }),
      },
    },
    tmpdir(),
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

export function oneListener([port]: readonly number[]): object[] {
  return [{ name: 'http', port, protocol: 'HTTP' }];
}
