import { z } from 'zod';
import { milliseconds, option, portNumber } from './option.ts';

const MiB = 1024 * 1024;

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
  tokenKeyFile: z
    .string()
    .default('')
    .meta(
      option(
        'Text from which tokens are made that proxies show in the metadata of their streams, as `x-sluice-token`. `sluice certgen` makes it (`drain.key`), and for the proxies of each Gateway a file `token`, whose content belongs into `initial_metadata` of `ads_config` in their bootstrap. Empty: no token is asked for, and plugins that run in a proxy can read all that it is sent, private keys included.',
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
          'Bytes of one request. A proxy that reconnects names everything it has: 100,000 resources are about 6 MB. Of requests under way, those of one Gateway may be twice as much together, those of all four times. Smaller bounds that memory; revise by streams that end with RESOURCE_EXHAUSTED and sluice_xds_refused_total{reason="bytes"}.',
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
    maxStreamsPerGateway: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta(
        option(
          'Streams that the proxies of one Gateway may have, which is their number: whoever has the certificate of one can open as many, and each costs the memory of a proxy. 0: as many as take half of the memory that Sluice may have, by 256 KiB each; 1,024 of 512 MiB. More let larger fleets in, fewer bound what one of them can take; revise by sluice_xds_refused_total{reason="streams"} and process_resident_memory_bytes.',
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
          'Names that a proxy may ask for, or say to have, beyond twice as many as its Gateway has or had; all proxies of the Gateway together may have five times as many. A name takes about 200 bytes. A proxy has such names when its Gateway shrank while Sluice did not run. More let more of those come back at a time, fewer bound the memory that one with a bad intent can take; revise by sluice_xds_refused_total{reason="names"}.',
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
          'New streams that are brought up to date at a time, for a second each at most; one is left to other Gateways. More wait, Gateway by Gateway, and their proxies keep what they have. Fewer leave more time and memory to the proxies that are connected, more bring in a fleet of slow ones sooner; revise by sluice_xds_delayed_streams_total and sluice_event_loop_delay_seconds.',
          'live',
        ),
      ),
  })
  .prefault({});
