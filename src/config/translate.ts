import { z } from 'zod';
import { hostnames } from './hostnames.ts';
import { milliseconds, option } from './option.ts';

const unsupported = z.enum(['refuse', 'ignore']).default('refuse');

/** How objects are translated, and which of their parts are carried out. */
export const translate = z
  .strictObject({
    mode: z
      .enum(['threads', 'inline'])
      .default('threads')
      .meta(
        option(
          'Where translation runs: in worker threads, or on the main thread, where one bad unit can stall everything. `inline` is for debugging.',
        ),
      ),
    deadlineMs: milliseconds(100, 600_000, 2000).meta(
      option(
        "Time that a batch may take before its worker is killed and the batch's units keep their last good output. Shorter frees the lane sooner from a hanging unit, but may kill healthy work on a busy machine; revise by sluice_worker_restarts_total and the time that waves take, sluice_propagation_seconds.",
      ),
    ),
    workerHeapMiB: z
      .int()
      .min(32)
      .max(65_536)
      .default(256)
      .meta(
        option(
          'Heap of one worker; a worker that needs more is restarted. Larger lets bigger Gateways through and costs memory for each worker; revise by sluice_worker_restarts_total{reason="memory"}.',
        ),
      ),
    nearbyEndpointBytes: z
      .int()
      .min(0)
      .max(1024 * 1024)
      .default(16 * 1024)
      .meta(
        option(
          'Endpoint batches up to this size are translated on the main thread, since waking a worker costs more than the work itself; about 500 endpoints. 0 sends every batch to a worker. Larger saves hops, smaller keeps the stretches on the main thread short; revise by sluice_event_loop_delay_seconds and sluice_propagation_seconds{lane="endpoints"}.',
        ),
      ),
    allowLoopbackEndpoints: z
      .boolean()
      .default(false)
      .meta(
        option(
          'Endpoints with a loopback address are used. Leave it off in a cluster: a proxy would then reach its own admin port for whoever can write an EndpointSlice. `sluice standalone` turns it on.',
          'live',
        ),
      ),
    lua: z
      .boolean()
      .default(false)
      .meta(
        option(
          'Lua scripts of EnvoyExtensionPolicies are run. Off, as in Envoy Gateway: a script runs within the proxy, so whoever may write such a policy for a route can stop all traffic of its Gateway with an endless loop. Files, environment variables and other programs are out of its reach; the clusters of its Gateway are not, whichever Services these are. While it is off, the scripts of a cluster are not even kept.',
        ),
      ),
    hostnames,
    unsupportedPolicies: z
      .strictObject({
        SecurityPolicy: unsupported.meta(
          option(
            'What becomes of requests for which there is such a policy, which Sluice cannot carry out yet: they are answered with 500, or served as if there were none, without any login or limit that it asks for.',
            'live',
          ),
        ),
        ClientTrafficPolicy: unsupported.meta(
          option(
            'The same where such a policy asks for client certificates. Without them it is never in force.',
            'live',
          ),
        ),
        BackendTLSPolicy: unsupported.meta(
          option(
            'The same for backends that are to be spoken to by TLS; if ignored, they are spoken to in clear text.',
            'live',
          ),
        ),
      })
      .prefault({}),
  })
  .prefault({});
