import { start } from '../run/start.ts';
import { runProcess } from './run-process.ts';
import type { Terminal } from './terminal.ts';

/** `sluice serve --config FILE`: resolves to the exit code when `signal` has aborted and everything is closed. */
export function serve(file: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  return runProcess(
    {
      name: 'serve',
      start,
      announce: (sluice, log) => {
        const { xdsPort, adminPort } = sluice;
        log.info({ xdsPort, adminPort }, 'serving');
        void sluice.ready.then(() => log.info({ gateways: sluice.gateways().length }, 'ready'));
      },
      farewell: 'ending; proxies keep what they have',
    },
    file,
    terminal,
    signal,
  );
}
