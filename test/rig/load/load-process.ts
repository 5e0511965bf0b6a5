import { EchoBackend } from '../envoy/echo-backend.ts';
import { OpenLoop } from './open-loop.ts';
import type { LoadAnswer, LoadCommand } from './load.ts';

const backend = new EchoBackend('load', 'both');
const loops: OpenLoop[] = [];
const timer = setInterval(tellCounts, 100);

await backend.listen();
process.on('message', (command: LoadCommand) => void obey(command));
process.on('disconnect', () => process.exit());
tell({ kind: 'listening', port: backend.port });

async function obey(command: LoadCommand): Promise<void> {
  if (command.kind === 'begin') {
    loops.push(...command.loops.map((options) => new OpenLoop(options)));
    return;
  }
  await Promise.all(loops.map((loop) => loop.stop()));
  clearInterval(timer);
  tellCounts();
  tell({ kind: 'stopped' });
}

function tellCounts(): void {
  const counts = new Map<string, number>();
  for (const loop of loops)
    for (const [kind, count] of loop.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
  tell({ kind: 'counts', sent: loops.reduce((sum, loop) => sum + loop.sent, 0), counts });
}

function tell(answer: LoadAnswer): void {
  process.send?.(answer);
}
