import { startInfrastructure } from '../run/start-infrastructure.ts';
import { runProcess } from './run-process.ts';
import type { Terminal } from './terminal.ts';

/** `sluice infrastructure --config FILE`: resolves to the exit code once `signal` aborts and everything is closed. */
export function infrastructure(file: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  return runProcess(
    {
      name: 'infrastructure',
      start: startInfrastructure,
      announce: ({ adminPort, ready }, log) => {
        log.info({ adminPort }, 'following Gateways');
        void ready.then(() => log.info({}, 'ready'));
      },
      farewell: 'ending; proxies go on',
    },
    file,
    terminal,
    signal,
  );
}
