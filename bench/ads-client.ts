import { xdsWindowBytes } from '../src/lib/envoy-bootstrap.ts';
import { DeltaClient } from '../test/rig/xds/delta-client.ts';
import { grpcClient, overGrpc } from '../test/rig/xds/grpc-link.ts';

/**
 * A proxy in a process of its own, so that its work is in no figure of the server: follows everything as Envoy does, ACKs it,
 * notes when each resource arrived by the system's monotonic clock, and tells when asked.
 *
 * Arguments: port, Gateway. Messages: in `report` or `stop`; out `{ready}` when it has everything, `{arrivals}`, and `{error}`.
 */
const [port = '', gateway = ''] = process.argv.slice(2);

/** Arrivals since the last report: name, nanoseconds, bytes of the response. */
let arrivals: { readonly name: string; readonly at: string; readonly bytes: number }[] = [];
let isReady = false;

const server = grpcClient(Number(port), undefined, { 'grpc-node.flow_control_window': xdsWindowBytes });
const client = new DeltaClient(overGrpc(server, ended), {
  id: 'bench',
  gateway,
  checks: false,
  schedule: (task) => task(),
  onResponse(_, names, { length: bytes }) {
    const at = process.hrtime.bigint().toString();
    for (const name of names) arrivals.push({ name, at, bytes });
    if (!isReady) setImmediate(tellWhenReady);
  },
});

function tellWhenReady(): void {
  if (isReady || client.names('VHDS').length === 0 || client.unsettled().length > 0) return;
  isReady = true;
  process.send?.({ kind: 'ready' });
}

function ended({ code, details }: { readonly code: number; readonly details: string }): void {
  if (!process.connected) return;
  process.send?.({ kind: 'error', message: `the stream ended with status ${code}: ${details}` });
  process.exitCode = 1;
}

process.on('message', (message) => {
  if (message === 'report') {
    process.send?.({ kind: 'arrivals', arrivals });
    arrivals = [];
  } else {
    process.disconnect?.();
    client.close();
  }
});
