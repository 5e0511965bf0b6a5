import type { ControlPlane } from './control-plane.ts';
import { eachAlone, editEndpoint, editRoute } from './edits.ts';
import type { Stage } from './stage.ts';

/** CPU of one event in milliseconds, of all threads. */
export interface EventCost {
  readonly endpoint: number;
  readonly route: number;
}

export async function cpuOfEvents(stage: Stage, controlPlane: ControlPlane): Promise<EventCost> {
  const { tap, arrivals } = await controlPlane.watched();
  const cost = async (edit: () => ReturnType<typeof editRoute>): Promise<number> => {
    let cpu = 0;
    await eachAlone(stage, edit, { begin: () => (cpu = controlPlane.cpuMs) });
    return (controlPlane.cpuMs - cpu) / stage.options.events;
  };
  const endpoint = await cost(() => editEndpoint(stage, arrivals));
  const route = await cost(() => editRoute(stage, arrivals));
  tap.close();
  return { endpoint, route };
}
