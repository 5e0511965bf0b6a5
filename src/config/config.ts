import { z } from 'zod';
import { kubernetesProvider } from './kubernetes-provider.ts';
import { lane, milliseconds, option, portNumber } from './option.ts';
import { translate } from './translate.ts';
import { wasm } from './wasm.ts';
import { xds } from './xds.ts';

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
