import { z } from 'zod';
import { milliseconds, option } from './option.ts';
import { allowedPlaces, trustedAddresses } from './places.ts';

/** Discovery documents of OpenID providers, which Sluice fetches for policies. */
export const documents = z
  .strictObject({
    ttlMs: milliseconds(1000, 86_400_000, 3_600_000).meta(
      option(
        'Time after which the discovery document of an OpenID provider is fetched again. Until the answer, and while none comes, the one from before stays in force. Shorter notices moved endpoints sooner, longer spares the providers; revise by sluice_document_checks_total.',
        'live',
      ),
    ),
    retryMs: milliseconds(100, 60_000, 1000).meta(
      option(
        'Time until the first attempt after one that failed; later ones take twice as long each. Shorter recovers from a short fault sooner, longer spares the provider; revise by sluice_document_checks_total.',
        'live',
      ),
    ),
    maxRetryMs: milliseconds(1000, 3_600_000, 300_000).meta(
      option(
        'Longest time between two attempts for one document. Shorter notices sooner that it is mended, longer spares the provider; revise by sluice_document_checks_total.',
        'live',
      ),
    ),
    maxProbeMs: milliseconds(1000, 3_600_000, 30_000).meta(
      option(
        'Longest time between two probes of a provider that does not answer; it gets no other requests meanwhile. Shorter notices sooner that it is back; revise by sluice_document_servers.',
        'live',
      ),
    ),
    attemptTimeoutMs: milliseconds(100, 600_000, 5000).meta(
      option(
        "Time limit of one attempt. Longer waits for slow providers, shorter frees the attempt's place sooner when one hangs; revise by sluice_document_attempt_seconds.",
        'live',
      ),
    ),
    connectTimeoutMs: milliseconds(100, 60_000, 3000).meta(
      option(
        'Time limit for connecting to a provider, with TLS. Trades as `attemptTimeoutMs` does; revise by sluice_document_attempt_seconds.',
        'live',
      ),
    ),
    parallel: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .meta(
        option(
          'Concurrent attempts. At most half of them are for one namespace, for one provider, or for failing providers, and likewise within a namespace. More fetch many documents sooner; revise by sluice_document_backlog.',
        ),
      ),
    allow: allowedPlaces
      .default([])
      .meta(
        option(
          'Places that documents may come from, also by redirects: written and meant as `wasm.allow`. Empty: every address that is not private. A provider in a private network has to be listed. Always refused: loopback, link-local, multicast and unspecified addresses, metadata services of clouds, and the addresses of Sluice and of the API server.',
          'live',
        ),
      ),
    trust: trustedAddresses
      .default([])
      .meta(
        option(
          'Exceptions to the addresses that are always refused, as ADDRESS:PORT, such as 127.0.0.1:8443 for a provider on the same machine.',
          'live',
        ),
      ),
  })
  .prefault({});
