import { z } from 'zod';
import { milliseconds, option } from './option.ts';

/** How WASM modules are checked and fetched, which is never in the way of anything else. */
export const wasm = z
  .strictObject({
    ttlMs: milliseconds(1000, 86_400_000, 300_000).meta(
      option(
        'Time after which a registry is asked again whether a module may be read, and what its tag means now. The answer from before stays in force meanwhile. Shorter notices a revoked permission or a moved tag sooner, longer spares the registries; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    alwaysTtlMs: milliseconds(1000, 86_400_000, 60_000).meta(
      option(
        'The same for modules with `pullPolicy: Always`. Trades as `ttlMs` does; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    retryMs: milliseconds(100, 60_000, 1000).meta(
      option(
        'Time until the first attempt after one that failed; later ones take twice as long each. Shorter heals a hiccup sooner, longer spares a registry that has said no; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    maxRetryMs: milliseconds(1000, 3_600_000, 300_000).meta(
      option(
        'Longest time between two attempts for one module. Shorter notices sooner that a permission was granted, longer spares the registry; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    maxProbeMs: milliseconds(1000, 3_600_000, 30_000).meta(
      option(
        'Longest time between two probes of a registry that does not answer; nothing else is asked of it meanwhile. Shorter notices sooner that it is back; revise by sluice_wasm_registries.',
        'live',
      ),
    ),
    attemptTimeoutMs: milliseconds(100, 600_000, 10_000).meta(
      option(
        'Time that one attempt may take in all, the download included. Longer lets large modules through a slow line, shorter frees its place sooner when a registry hangs; revise by sluice_wasm_attempt_seconds.',
        'live',
      ),
    ),
    connectTimeoutMs: milliseconds(100, 60_000, 3000).meta(
      option(
        'Time that a connection to a registry may take, TLS included. Trades as `attemptTimeoutMs` does; revise by sluice_wasm_attempt_seconds.',
        'live',
      ),
    ),
    parallel: z
      .int()
      .min(1)
      .max(64)
      .default(8)
      .meta(
        option(
          'Attempts under way at the same time. At most half of them are for one namespace, with one registry, or with registries that fail; of those of a namespace likewise. More fetch many modules sooner and cost the memory of a module each; revise by sluice_wasm_backlog.',
        ),
      ),
    cacheDirectory: z
      .string()
      .default('')
      .meta(
        option(
          'Folder that keeps fetched modules over a restart. A relative path starts at the config file. Empty: one of its own among the temporary files of the system.',
        ),
      ),
    cacheMiB: z
      .int()
      .min(0)
      .max(65_536)
      .default(256)
      .meta(
        option(
          'Size of that folder; the modules used last are kept. 0 keeps none. Larger fetches less after a restart; revise by sluice_wasm_cache_bytes.',
        ),
      ),
    memoryMiB: z
      .int()
      .min(1)
      .max(65_536)
      .default(64)
      .meta(
        option(
          'Memory for the modules in use, all together; one that does not fit is refused, or takes the room of namespaces that use more than `namespaceMemoryMiB`. Raise the memory limit of the pod with it; revise by sluice_wasm_memory_bytes.',
          'live',
        ),
      ),
    namespaceMemoryMiB: z
      .int()
      .min(1)
      .max(65_536)
      .default(16)
      .meta(
        option(
          'Part of that memory which the modules of one namespace may use while others need room: with more, its newest lose theirs. A module of several namespaces counts for each. Larger lets one namespace keep more, smaller has more of them get their share; revise by sluice_namespace_wasm_memory_bytes.',
          'live',
        ),
      ),
    maxModuleMiB: z
      .int()
      .min(1)
      .max(1024)
      .default(16)
      .meta(
        option(
          'A larger module is refused. Larger costs the memory of the module for each attempt, and in every proxy; revise by sluice_wasm_checks_total{reason="size"}.',
          'live',
        ),
      ),
    allow: z
      .array(
        z
          .string()
          .max(253)
          .regex(
            /^(\*|(\*\.)?[a-zA-Z0-9.:-]+(\/\d{1,3})?)$/,
            'must be a host name, an address, a range or *',
          ),
      )
      .default([])
      .meta(
        option(
          'Places that modules may come from, redirects included: host names, `*.` before one for all below it, addresses, or ranges such as 10.0.0.0/8, and `*` for every address that is not private. Empty: `*` alone. Name what you need of a private network and no more: kubelets and pods answer there, too. Always refused are loopback, link-local, multicast and unspecified addresses, metadata services of clouds, the addresses of Sluice itself and those of the API server.',
          'live',
        ),
      ),
    hostKeys: z
      .array(z.string().min(1).max(253))
      .max(64)
      .default([])
      .meta(
        option(
          'Environment variables of the proxies that plugins may read by `env.hostKeys`. Whoever writes a policy for a route chooses what its plugin does with them, so name none with a secret. Empty: none.',
          'live',
        ),
      ),
    trust: z
      .array(
        z
          .string()
          .max(60)
          .regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+):\d{1,5}$/, 'must be an IP address and a port'),
      )
      .default([])
      .meta(
        option(
          'Places, as ADDRESS:PORT, that are reached although their address is always refused, such as 127.0.0.1:5000 for a registry on the same machine.',
          'live',
        ),
      ),
    plainHttp: z
      .array(
        z
          .string()
          .max(253)
          .regex(/^[a-zA-Z0-9.:[\]-]+$/, 'must be a host, with or without a port'),
      )
      .default([])
      .meta(
        option(
          'Registries, as HOST or HOST:PORT, that are spoken to without TLS. Pull secrets are then readable on the way.',
          'live',
        ),
      ),
  })
  .prefault({});
