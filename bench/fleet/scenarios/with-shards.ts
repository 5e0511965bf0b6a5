import { routeShards } from '../../../src/kinds/gateway-api/gateway-annotations.ts';
import * as objects from '../cluster/objects.ts';
import type { Stage } from '../stage.ts';

/** Runs a scenario while the Gateway has its tables in shards. */
export async function withShards(stage: Stage, run: (stage: Stage) => Promise<void>): Promise<void> {
  await setShards(stage, 'true');
  try {
    await stage.controlPlane.settled();
    await run(stage);
  } finally {
    await setShards(stage, null);
  }
}

async function setShards({ kube }: Stage, value: 'true' | null): Promise<void> {
  const { name, namespace } = objects.gatewayName;
  const gateway = { ...objects.gateway('', name), metadata: { name, namespace } };
  await kube.merge(gateway, { metadata: { annotations: { [routeShards]: value } } });
}
