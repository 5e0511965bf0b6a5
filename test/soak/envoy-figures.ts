import type { Bed } from '../envoy/harness.ts';
import type { SoakPorts } from './scenario.ts';

/** How Envoy itself sees the end of a scenario: nothing refused, nothing that waits, and it knows who serves it. */
export async function endOf({ envoy }: Pick<Bed, 'envoy'>, report: SoakPorts['report']): Promise<void> {
  const sum = async (filter: string): Promise<number> =>
    [...(await envoy.stats(filter)).values()].reduce((total, value) => total + value, 0);
  report('updates that Envoy refused', await sum('update_rejected$'), 0);
  report(
    'clusters and listeners that are still warming',
    await sum('warming_clusters$|total_listeners_warming$'),
    0,
  );
  report('cluster updates that Envoy took', await envoy.stat('cluster_manager.cds.update_success'));
  const identifier = await envoy.text('control_plane.identifier');
  report('missing control_plane.identifier', identifier === '' ? 1 : 0, 0);
}
