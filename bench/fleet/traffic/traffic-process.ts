import { Agent, request } from 'node:http';
import type { TrafficAnswer, TrafficCommand } from './traffic.ts';

/** Closed loop: each connection sends its next request as soon as it has the answer to the last. */
const counts = new Map<string, number>();
const state = { isOver: false };
const loops: Promise<void>[] = [];

process.on('message', (command: TrafficCommand) => {
  if (command.kind === 'begin') {
    for (let n = 0; n < command.connections; n++) loops.push(loop(command.port, command.host, command.path));
    return;
  }
  state.isOver = true;
  void Promise.all(loops).then(() => tell({ kind: 'counts', counts }));
});
process.on('disconnect', () => process.exit());

async function loop(port: number, host: string, path: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!state.isOver) {
    const kind = await ask(port, host, path, agent);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  agent.destroy();
}

/** Resolves to the status, or to the error's code. */
function ask(port: number, host: string, path: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', path, agent, headers: { host } }, (answer) => {
      answer.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      answer.on('end', () => resolve(String(answer.statusCode)));
      answer.resume();
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end();
  });
}

function tell(answer: TrafficAnswer): void {
  process.send?.(answer);
}
