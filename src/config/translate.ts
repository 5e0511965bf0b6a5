import { z } from 'zod';
import { hostnames } from './hostnames.ts';
import { milliseconds, option } from './option.ts';

export const translate = z
  .strictObject({
    mode: z
      .enum(['threads', 'inline'])
      .default('threads')
      .meta(
        option(
          'Place of translation: `threads` are workers; `inline` is the main thread, where one bad unit can stall everything, and is for debugging.',
        ),
      ),
    deadlineMs: milliseconds(100, 600_000, 2000).meta(
      option(
        'Time limit of a batch. After it the worker is killed, and the units of the batch keep their last good output. Shorter frees the lane sooner from a hanging unit, but may kill healthy work on a busy machine; revise by sluice_worker_restarts_total and the time that waves take, sluice_propagation_seconds.',
      ),
    ),
    workerHeapMiB: z
      .int()
      .min(32)
      .max(65_536)
      .default(256)
      .meta(
        option(
          'Heap of one worker; a worker that needs more is restarted. Larger allows bigger Gateways and costs memory for each worker; revise by sluice_worker_restarts_total{reason="memory"}.',
        ),
      ),
    nearbyEndpointBytes: z
      .int()
      .min(0)
      .max(1024 * 1024)
      .default(16 * 1024)
      .meta(
        option(
          'Endpoint batches up to this size are translated on the main thread, as a message to a worker costs more than the work itself; the default is about 500 endpoints. 0 sends every batch to a worker. Larger saves messages, smaller holds the main thread for less time; revise by sluice_event_loop_delay_seconds and sluice_propagation_seconds{lane="endpoints"}.',
        ),
      ),
    allowLoopbackEndpoints: z
      .boolean()
      .default(false)
      .meta(
        option(
          'Allows endpoints with a loopback address. Leave it off in a cluster: a user who can write an EndpointSlice could reach the admin port of a proxy. `sluice standalone` turns it on.',
          'live',
        ),
      ),
    backends: z
      .strictObject({
        hostnames: z
          .boolean()
          .default(false)
          .meta(
            option(
              'Allows Backends whose endpoints are DNS names, and servers that SecurityPolicies name by a URL alone. Off by default: proxies resolve a name, so its owner leads their requests to any address, such as a metadata service, the admin port of a proxy, or a Service that no ReferenceGrant opens. Turn it on where those who write Backends and SecurityPolicies may reach what the proxies reach. `sluice standalone` turns it on.',
              'live',
            ),
          ),
        unixSockets: z
          .boolean()
          .default(false)
          .meta(
            option(
              "Allows Backends whose endpoints are Unix sockets, which are files of the proxy's own container. `sluice standalone` turns it on.",
              'live',
            ),
          ),
      })
      .prefault({}),
    lua: z
      .boolean()
      .default(false)
      .meta(
        option(
          'Runs the Lua scripts of EnvoyExtensionPolicies. Off by default, as in Envoy Gateway: a script runs inside the proxy, so a user who can write such a policy for a route can stop all traffic of its Gateway with an endless loop. A script cannot reach files, environment variables or other programs, but it can call all clusters of its Gateway. While it is off, Sluice does not keep scripts in memory.',
        ),
      ),
    hostnames,
  })
  .prefault({});
