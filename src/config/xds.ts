import { z } from 'zod';
import { milliseconds, option, portNumber } from './option.ts';

const MiB = 1024 * 1024;

const serverTls = z.strictObject({
  certFile: z
    .string()
    .min(1)
    .meta(
      option(
        'Certificate chain of the xDS server, PEM. This file and the next two are read again when they change; `sluice certgen` makes them.',
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
  tokenKeyFile: z
    .string()
    .default('')
    .meta(
      option(
        'Secret text from which the tokens of proxies are derived. A proxy sends its token in the metadata of its stream, as `x-sluice-token`. `sluice certgen` makes this file (`drain.key`), and for each Gateway a file `token`: put its content into `initial_metadata` of `ads_config` in the bootstrap of the proxies. Empty: no token is required, and a plugin in a proxy can read everything that the proxy is sent, private keys included.',
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

export const xds = z
  .strictObject({
    address: z.string().min(1).default('127.0.0.1').meta(option('Address of the xDS server.')),
    port: portNumber(18_000).meta(option('Port of the xDS server; 0 takes any free port.')),
    tls: z
      .union([z.literal('off'), serverTls, managedTls])
      .default('off')
      .meta(
        option(
          'Mutual TLS of the xDS server. `off` is accepted only on a loopback address: a client that reaches the port can read every private key.',
        ),
      ),
    holdMs: milliseconds(0, 60_000, 2000).meta(
      option(
        'Longest time that a resource waits until a proxy has acknowledged another one that it needs. Longer keeps the order for slow proxies, shorter sends the other resources sooner; revise by sluice_xds_holds_total{reason="deadline"}.',
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
          'Resources in one response. Fewer keep a proxy\'s main thread free between responses, more make the first update of a proxy faster; revise by sluice_propagation_seconds{stage="ack"}.',
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
          'Bytes of one response; a larger resource is sent alone. Trades as `maxResourcesPerResponse` does; revise by sluice_xds_response_bytes_total and sluice_propagation_seconds{stage="ack"}.',
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
          'Bytes of one request. A proxy that reconnects names everything it has: 100,000 resources are about 6 MB. Concurrent requests of one Gateway may have twice as much together, those of all Gateways four times. Smaller bounds that memory; revise by streams that end with RESOURCE_EXHAUSTED and sluice_xds_refused_total{reason="bytes"}.',
        ),
      ),
    stalledAfterMs: milliseconds(1000, 3_600_000, 60_000).meta(
      option(
        'A proxy that reads nothing for this long loses its connection; a large response has more time, at 64 KiB a second. Shorter frees its memory sooner, longer tolerates longer gaps in the network; revise by sluice_xds_refused_total{reason="stalled"}.',
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
          'Serial numbers of proxy certificates to refuse, as `openssl x509 -serial` prints them, such as those of stolen keys. Their connections are closed at once. Keep a number here until its certificate has expired.',
          'live',
        ),
      ),
    maxStreamsPerGateway: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta(
        option(
          'Largest number of streams of one Gateway, one for each of its proxies: a client with the certificate of one proxy could open any number, and each costs memory. 0: as many as fit into half of Sluice\'s memory at 256 KiB each, such as 1,024 of 512 MiB. More let larger fleets in, fewer bound what one of them can take; revise by sluice_xds_refused_total{reason="streams"} and process_resident_memory_bytes.',
          'live',
        ),
      ),
    maxUnknownNames: z
      .int()
      .min(1000)
      .max(10_000_000)
      .default(50_000)
      .meta(
        option(
          'Names that a proxy may ask for, or claim to have, in addition to twice the names that its Gateway has or had; all proxies of a Gateway together may have five times as many. A name takes about 200 bytes. A proxy has such names when its Gateway shrank while Sluice did not run. More let more such proxies reconnect at once, fewer bound the memory that a hostile one can take; revise by sluice_xds_refused_total{reason="names"}.',
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
          'New streams that are brought up to date at the same time, for at most a second each; one place is kept for other Gateways. Further streams wait, Gateway by Gateway, and their proxies keep their config. Fewer leave more time and memory to connected proxies, more update a fleet of slow proxies sooner; revise by sluice_xds_delayed_streams_total and sluice_event_loop_delay_seconds.',
          'live',
        ),
      ),
  })
  .prefault({});
