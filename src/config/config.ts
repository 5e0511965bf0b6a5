import { z } from 'zod';
import { kubernetesProvider } from './kubernetes-provider.ts';
import { lane, milliseconds, option, portNumber } from './option.ts';
import { sessions } from './sessions.ts';
import { translate } from './translate.ts';
import { documents } from './documents.ts';
import { wasm } from './wasm.ts';
import { xds } from './xds.ts';

const MiB = 1024 * 1024;

const provider = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('file').meta(option('Reads manifests from a folder.')),
      file: z.strictObject({
        directory: z
          .string()
          .min(1)
          .meta(
            option('Folder of manifests (*.yaml, *.yml, *.json). A relative path starts at the config file.'),
          ),
        scanIntervalMs: milliseconds(100, 60_000, 1000).meta(
          option(
            'Time between scans, which find changes without a file event. Shorter finds them sooner; a scan costs one stat for each file; revise by sluice_file_scan_seconds.',
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
          .meta(option('Largest number of files; further ones, in path order, are refused.')),
      }),
    }),
    z.strictObject({
      type: z.literal('kubernetes').meta(option('Follows the objects of a cluster.')),
      kubernetes: kubernetesProvider,
    }),
  ])
  .meta(option('Source of the objects.'));

const admin = z
  .strictObject({
    address: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta(
        option(
          'Address of the admin server. On a loopback address it answers only requests with a loopback Host header; on others it serves `/debug/` only to clients on loopback.',
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
        'Port of the probes; 0 takes any free port. They have their own listener, so that requests to the admin server do not delay them.',
      ),
    ),
  })
  .prefault({});

const log = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .meta(option('Lowest level of the lines that are written.', 'live')),
    format: z
      .enum(['json', 'text'])
      .default('json')
      .meta(option('`json` goes to standard output, `text`, for people, to standard error.')),
  })
  .prefault({});

export const configSchema = z.strictObject({
  provider,
  controllerName: z
    .string()
    .regex(
      /^[a-z0-9.-]{1,253}\/[A-Za-z0-9/._~%!$&'()*+,;=:-]{1,253}$/,
      'must be a domain and a path, such as sluice.dev/gateway-controller',
    )
    .default('sluice.dev/gateway-controller')
    .meta(option('Sluice serves the GatewayClasses with this `controllerName`.', 'live')),
  endpoints: lane({ windowMs: 1, maxWindowMs: 10, batchSize: 128 }),
  config: lane({ windowMs: 5, maxWindowMs: 50, batchSize: 128 }),
  translate,
  xds,
  wasm,
  documents,
  sessions,
  admin,
  probes,
  log,
});

/** A checked config with defaults and absolute paths. */
export type Config = z.infer<typeof configSchema>;

/** A config as written, before defaults. */
export type ConfigInput = z.input<typeof configSchema>;
