import { z } from 'zod';
import { milliseconds, option } from './option.ts';
import { allowedPlaces, trustedAddresses } from './places.ts';

export const wasm = z
  .strictObject({
    ttlMs: milliseconds(1000, 86_400_000, 300_000).meta(
      option(
        'Time after which a registry is asked again whether the module may be read, and which module its tag names. Until the answer, the previous one stays in force. Shorter notices a revoked permission or a moved tag sooner, longer spares the registries; revise by sluice_wasm_checks_total.',
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
        'Time until the first attempt after one that failed; later ones take twice as long each. Shorter recovers from a short fault sooner, longer spares a registry that has refused; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    maxRetryMs: milliseconds(1000, 3_600_000, 300_000).meta(
      option(
        'Longest time between two attempts for one module. Shorter notices a new permission sooner, longer spares the registry; revise by sluice_wasm_checks_total.',
        'live',
      ),
    ),
    maxProbeMs: milliseconds(1000, 3_600_000, 30_000).meta(
      option(
        'Longest time between two probes of a registry that does not answer; it gets no other requests meanwhile. Shorter notices sooner that it is back; revise by sluice_wasm_registries.',
        'live',
      ),
    ),
    attemptTimeoutMs: milliseconds(100, 600_000, 10_000).meta(
      option(
        "Time limit of one attempt, with the download. Longer allows large modules over a slow line, shorter frees the attempt's place sooner when a registry hangs; revise by sluice_wasm_attempt_seconds.",
        'live',
      ),
    ),
    connectTimeoutMs: milliseconds(100, 60_000, 3000).meta(
      option(
        'Time limit for connecting to a registry, with TLS. Trades as `attemptTimeoutMs` does; revise by sluice_wasm_attempt_seconds.',
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
          'Concurrent attempts. At most half of them are for one namespace, for one registry, or for failing registries, and likewise within a namespace. More fetch many modules sooner, and each costs the memory of a module; revise by sluice_wasm_backlog.',
        ),
      ),
    cacheDirectory: z
      .string()
      .default('')
      .meta(
        option(
          "Folder that keeps fetched modules over a restart. A relative path starts at the config file. Empty: a folder in the system's temporary folder.",
        ),
      ),
    cacheMiB: z
      .int()
      .min(0)
      .max(65_536)
      .default(256)
      .meta(
        option(
          'Size limit of that folder, which keeps the modules used last. 0 keeps none. Larger fetches less after a restart; revise by sluice_wasm_cache_bytes.',
        ),
      ),
    memoryMiB: z
      .int()
      .min(1)
      .max(65_536)
      .default(64)
      .meta(
        option(
          'Memory for all modules in use. A module that does not fit is refused, or replaces modules of namespaces that use more than `namespaceMemoryMiB`. Raise the memory limit of the pod with it; revise by sluice_wasm_memory_bytes.',
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
          'Guaranteed part of that memory for the modules of one namespace. A namespace that uses more loses its newest modules when others need room. A module of several namespaces counts for each. Larger lets one namespace keep more, smaller guarantees a part to more namespaces; revise by sluice_namespace_wasm_memory_bytes.',
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
    allow: allowedPlaces
      .default([])
      .meta(
        option(
          'Places that modules may come from, also by redirects: host names, `*.` and a name for all names below it, addresses, ranges such as 10.0.0.0/8, and `*` for every address that is not private. Empty: `*` alone. Of a private network, list only the places that you need: kubelets and pods answer there too. Always refused: loopback, link-local, multicast and unspecified addresses, metadata services of clouds, and the addresses of Sluice and of the API server.',
          'live',
        ),
      ),
    hostKeys: z
      .array(z.string().min(1).max(253))
      .max(64)
      .default([])
      .meta(
        option(
          'Environment variables of the proxies that plugins may read by `env.hostKeys`. The author of a policy chooses what the plugin does with them, so list none that holds a secret. Empty: none.',
          'live',
        ),
      ),
    trust: trustedAddresses
      .default([])
      .meta(
        option(
          'Exceptions to the addresses that are always refused, as ADDRESS:PORT, such as 127.0.0.1:5000 for a registry on the same machine.',
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
          'Registries, as HOST or HOST:PORT, that are contacted without TLS. Others on the network can then read the pull secrets.',
          'live',
        ),
      ),
  })
  .prefault({});
