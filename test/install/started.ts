import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { processStart } from '../../src/local/process-identity.ts';
import { failureText } from '../../src/lib/failure.ts';
import { processTree } from './process-tree.ts';

export type Started =
  /** `firstLine`: of the first page. `left`: pids that it started and did not end. */
  | { readonly kind: 'served'; readonly firstLine: string; readonly left: readonly number[] }
  /** Another program has one of the ports. */
  | { readonly kind: 'taken'; readonly line: string }
  | { readonly kind: 'failed'; readonly line: string };

const patienceMs = 180_000;
const pageUrl = 'http://127.0.0.1:8080/';

/** Runs `npm start` until it serves, reads the first page, and sends SIGINT, as Ctrl-C does. */
export async function startOnce(
  folder: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Started> {
  const npm = spawn('npm', ['start'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const { promise: says, resolve: said } = Promise.withResolvers<'up'>();
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('Ctrl-C ends')) said('up');
    });
  const ended = new Promise<number | string>((resolve) => {
    npm.once('error', (error) => resolve(error.message));
    // Unlike `close`, which also waits for children that keep the pipes.
    npm.once('exit', (code, by) => resolve(code === 0 ? 0 : `ended with ${code ?? by}`));
  });
  const closed = once(npm, 'close');
  const interrupt = (): void => void npm.kill('SIGINT');
  signal.addEventListener('abort', interrupt);
  try {
    const how = await Promise.race([says, ended, patience('did not serve')]);
    if (how !== 'up' && (npm.exitCode ?? npm.signalCode) !== null) {
      await Promise.race([closed, patience('')]);
      return notUp(output);
    }
    const page = await read().catch((error: unknown) => new Error(failureText(error)));
    // By pid and start time, as the system uses pids again.
    const running = processTree(npm.pid ?? 0).map((pid) => ({ pid, start: processStart(pid) }));
    interrupt();
    const end = await Promise.race([ended, patience('did not end')]);
    const left = running.flatMap(({ pid, start }) =>
      start !== undefined && processStart(pid) === start ? [pid] : [],
    );
    for (const pid of left) process.kill(pid, 'SIGKILL');
    if (how !== 'up') return { kind: 'failed', line: `npm start ${how}` };
    if (end !== 0)
      return { kind: 'failed', line: `npm start: ${end}, and ${left.length} processes were left` };
    if (page instanceof Error) return { kind: 'failed', line: page.message };
    return { kind: 'served', firstLine: page, left };
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** Names the place of a hang. */
async function patience(line: string): Promise<string> {
  await pause(patienceMs, undefined, { ref: false });
  return line;
}

async function read(): Promise<string> {
  const response = await fetch(pageUrl, { headers: { connection: 'close' } });
  const text = await response.text();
  const [, answers] = /<title>((?:blue|green) answers)</.exec(text) ?? [];
  if (answers === undefined) throw new Error(`${pageUrl} is no page of ours: HTTP ${response.status}`);
  return `${text.split('\n')[0]} (${answers})`;
}

function notUp(output: string): Started {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const taken = lines.find((line) => / in use/.test(line));
  if (taken !== undefined) return { kind: 'taken', line: taken };
  return { kind: 'failed', line: lines.findLast((line) => line.startsWith('sluice:')) ?? lines.at(-1) ?? '' };
}
