import type { Config } from '../../../src/config/config.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Faults } from '../../../src/observe/faults.ts';
import { createMetrics } from '../../../src/observe/metrics.ts';
import { startAdmin } from '../../../src/run/admin.ts';
import { inForcePages } from '../../../src/run/in-force/pages.ts';
import type { Pipeline } from './pipeline.ts';

type View = Parameters<typeof startAdmin>[1];

/** Serves the admin pages of a pipeline, for commands that ask a running Sluice. */
export async function serveAdmin(
  pipeline: Pipeline,
  { config, ...pages }: Partial<Pick<View, 'objects' | 'proxies'>> & { readonly config?: Config } = {},
): Promise<{ readonly url: URL; readonly close: () => Promise<void> }> {
  const metrics = createMetrics();
  const inForce =
    config === undefined
      ? inForcePages(pipeline.controller, pipeline.clock)
      : inForcePages(pipeline.controller, pipeline.clock, () => config);
  const view = {
    notReady: () => undefined,
    objects: () => [],
    problems: () => [],
    proxies: () => [],
    ...pages,
    inForce,
  };
  const faults = new Faults(pipeline.log, metrics, systemClock);
  const server = await startAdmin({ address: '127.0.0.1', port: 0 }, view, metrics, faults);
  const close = async (): Promise<void> => {
    await server.close();
    await pipeline.close();
    metrics.close();
  };
  return { url: new URL(`http://127.0.0.1:${server.port}`), close };
}
