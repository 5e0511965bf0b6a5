import { z } from 'zod';
import { kubernetesProvider } from './kubernetes-provider.ts';
import { lane, milliseconds, option, portNumber } from './option.ts';
import { wasm } from './wasm.ts';

const MiB = 1024 * 1024;

const provider = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('file').meta(option('Manifests are read from a folder.')),
      file: z.strictObject({
        directory: z
          .string()
          .min(1)
          .meta(
            option('Folder of manifests (*.yaml, *.yml, *.json). A relative path starts at the config file.'),
          ),
        scanIntervalMs: milliseconds(100, 60_000, 1000).meta(
          option(
            'Time between scans that catch what file events missed. Shorter finds a missed change sooner and costs one stat for each file; revise by sluice_file_scan_seconds.',
          ),
        ),
        maxFileBytes: z
          .int()
          .min(1024)
          .max(256 * MiB)
          .default(4 * MiB)
          .meta(option('A larger file is refused, and its last good version stays in force.')),
        maxFiles: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(10_000)
          .meta(option('Files beyond this number, in path order, are refused.')),
      }),
    }),
    z.strictObject({
      type: z.literal('kubernetes').meta(option('Objects are followed in a cluster.')),
      kubernetes: kubernetesProvider,
    }),
  ])
  .meta(option('Where the objects come from.'));

const unsupported = z.enum(['refuse', 'ignore']).default('refuse');

const translate = z
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
          'Lua scripts of EnvoyExtensionPolicies are run. Off, as in Envoy Gateway: a script runs within the proxy, so whoever may write such a policy for a route can stop all traffic of its Gateway with an endless loop. Files, environment variables and other programs are out of its reach; the clusters of its Gateway are not, whichever Services these are.',
          'live',
        ),
      ),
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

const serverTls = z.strictObject({
  certFile: z
    .string()
    .min(1)
    .meta(
      option(
        'Certificate chain of the xDS server, PEM. It is read again when it changes, as are the other two; `sluice certgen` makes all three.',
      ),
    ),
  keyFile: z.string().min(1).meta(option('Private key of the certificate, PEM.')),
  caFile: z
    .string()
    .min(1)
    .meta(
      option(
        'CA certificates, PEM. A proxy must present a certificate that one of them signed, with the URI name spiffe://sluice.dev/ns/NAMESPACE/gateway/NAME of its Gateway.',
      ),
    ),
});

const managedTls = z.strictObject({
  secret: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a Secret')
    .meta(
      option(
        'Secret in the namespace of Sluice that holds the CA and the certificate of the xDS server. Sluice makes it, renews it, and gives every proxy that it runs a certificate of its own. For provider kubernetes.',
      ),
    ),
});

const xds = z
  .strictObject({
    address: z.string().min(1).default('127.0.0.1').meta(option('Address of the xDS server.')),
    port: portNumber(18_000).meta(option('Port of the xDS server; 0 takes any free port.')),
    tls: z
      .union([z.literal('off'), serverTls, managedTls])
      .default('off')
      .meta(
        option(
          'Mutual TLS of the xDS server, or `off`, which is accepted on a loopback address alone: whoever reaches the port reads every certificate key.',
        ),
      ),
    holdMs: milliseconds(0, 60_000, 2000).meta(
      option(
        'Longest time that a resource waits for another one to be acknowledged first. Longer keeps the order with slow proxies, shorter lets the safe rest go sooner; revise by sluice_xds_holds_total{reason="deadline"}.',
        'live',
      ),
    ),
    drainMs: milliseconds(0, 600_000, 1000).meta(
      option(
        'Time between the last use of a Cluster and its removal. Longer spares requests under way, shorter frees memory in the proxies; revise by the 503s of the proxies during route changes.',
        'live',
      ),
    ),
    maxResourcesPerResponse: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .meta(
        option(
          'Resources in one response. Fewer keep a proxy\'s main thread free between responses, more make a first push quicker; revise by sluice_propagation_seconds{stage="ack"}.',
          'live',
        ),
      ),
    maxResponseBytes: z
      .int()
      .min(64 * 1024)
      .max(256 * MiB)
      .default(4 * MiB)
      .meta(
        option(
          'Bytes of one response; a single larger resource still goes, alone. Trades as `maxResourcesPerResponse` does; revise by sluice_xds_response_bytes_total and sluice_propagation_seconds{stage="ack"}.',
          'live',
        ),
      ),
    maxRequestBytes: z
      .int()
      .min(64 * 1024)
      .max(1024 * MiB)
      .default(32 * MiB)
      .meta(
        option(
          'Bytes of one request. A proxy that reconnects names everything it has: 100,000 resources are about 6 MB. Smaller bounds memory per stream; revise by streams that end with RESOURCE_EXHAUSTED.',
        ),
      ),
    stalledAfterMs: milliseconds(1000, 3_600_000, 60_000).meta(
      option(
        'A proxy that takes nothing of what is written to it for so long loses its connection; a response that is larger has more time, by 64 KiB a second. Shorter frees its memory sooner, longer forgives longer gaps in the network; revise by sluice_xds_refused_total{reason="stalled"}.',
        'live',
      ),
    ),
    maxConnectionAgeMs: milliseconds(0, 604_800_000, 39_600_000).meta(
      option(
        'Age at which the connection of a proxy is closed, up to a tenth sooner or later, so that proxies spread over all replicas again some time after a rollout; 0: never. The proxy connects again within about a second and is sent nothing that it has. Shorter spreads sooner, longer saves those connections; revise by how sluice_xds_connected_proxies differs between replicas.',
      ),
    ),
    refusedSerials: z
      .array(
        z
          .string()
          .max(120)
          .regex(
            /^[0-9a-fA-F]{1,2}(:?[0-9a-fA-F]{2})*$/,
            'must be the serial number of a certificate, in hexadecimal',
          ),
      )
      .max(10_000)
      .default([])
      .meta(
        option(
          'Serial numbers of proxy certificates that open nothing any longer, as `openssl x509 -serial` prints them: of keys that were stolen. Connections of such are ended at once. Name one until it has expired.',
          'live',
        ),
      ),
    maxStartingStreams: z
      .int()
      .min(1)
      .max(100_000)
      .default(8)
      .meta(
        option(
          'New streams that are brought up to date at a time, for a second each at most; more wait in order, and their proxies keep what they have. Fewer leave more time and memory to the proxies that are connected, more bring in a fleet of slow ones sooner; revise by sluice_xds_delayed_streams_total and sluice_event_loop_delay_seconds.',
          'live',
        ),
      ),
  })
  .prefault({});

const admin = z
  .strictObject({
    address: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(
        option(
          'Address of the admin server. On a loopback address only loopback Host headers are answered; beyond it, `/debug/` is for clients on loopback alone.',
        ),
      ),
    port: portNumber(19_000).meta(option('Port of the admin server; 0 takes any free port.')),
  })
  .prefault({});

const probes = z
  .strictObject({
    address: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(option('Address on which `/healthz` and `/readyz` are answered.')),
    port: portNumber(0).meta(
      option(
        'Port of the probes; 0 takes any free port. They have a listener of their own, so that what is asked of the admin server keeps no probe waiting.',
      ),
    ),
  })
  .prefault({});

const log = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .meta(option('Least severe lines that are written.', 'live')),
    format: z
      .enum(['json', 'text'])
      .default('json')
      .meta(option('`json` goes to standard output, `text`, for people, to standard error.')),
  })
  .prefault({});

/** The config file. Every option of Sluice stands in this table, with its type, bounds, default and help. */
export const configSchema = z.strictObject({
  provider,
  controllerName: z
    .string()
    .regex(
      /^[a-z0-9.-]{1,253}\/[A-Za-z0-9/._~%!$&'()*+,;=:-]{1,253}$/,
      'must be a domain and a path, such as sluice.dev/gateway-controller',
    )
    .default('sluice.dev/gateway-controller')
    .meta(option('GatewayClasses with this `controllerName` are ours.', 'live')),
  endpoints: lane({ windowMs: 1, maxWindowMs: 10, batchSize: 128 }),
  config: lane({ windowMs: 5, maxWindowMs: 50, batchSize: 128 }),
  translate,
  xds,
  wasm,
  admin,
  probes,
  log,
});

/** A checked config: defaults are in place, rules between options hold, paths are absolute. */
export type Config = z.infer<typeof configSchema>;

/** A config file as written, before defaults. */
export type ConfigInput = z.input<typeof configSchema>;
