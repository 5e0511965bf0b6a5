import { z } from 'zod';
import { noOutput, type UnitOutput } from '../../../src/batch/outcome.ts';
import { jsonKind } from '../../../src/kinds/kind-def.ts';
import type { Kind } from '../../../src/kinds/kinds.ts';
import { metadata, objectName, portNumber } from '../../../src/kinds/shape/shape.ts';
import { tolerant } from '../../../src/kinds/tolerant.ts';
import { describeUnreadable, unreadableParts } from '../../../src/kinds/unreadable.ts';
import { resourceKey } from '../../../src/lib/key.ts';
import { condition, type Condition } from '../../../src/translate/conditions.ts';
import type { Reader } from '../../../src/translate/reader.ts';
import { clusterName } from '../../../src/units/cluster-name.ts';
import { gatewayName } from '../../../src/units/unit-table.ts';
import { waveOfGateway } from '../../../src/units/waves.ts';
import { objectUnit, unitName } from '../../../src/units/unit.ts';
import type { ObjectName } from '../../../src/units/unit-def.ts';

const standbyBackend = z.object({
  metadata,
  spec: tolerant({ service: objectName, port: portNumber }, { service: '', port: 0 }),
});

/** A kind of tests alone: the proxies of the Gateway of its name get a Service's cluster before any route uses it. */
export const standbyBackendKind = jsonKind(
  {
    group: 'tests.sluice.dev',
    kind: 'StandbyBackend',
    versions: ['v1'],
    plural: 'standbybackends',
    scope: 'namespaced',
    role: 'policy',
    status: { fields: { conditions: 'conditions' }, waiting: ['Accepted'] },
    unit: { wave: waveOfGateway, gateway: gatewayName },
  },
  standbyBackend,
  ({ spec: { service } }, namespace, name) => ({
    indexes: [],
    units: [objectUnit(resourceKey('StandbyBackend', namespace, name))],
    follow: [resourceKey('Service', namespace, service)],
  }),
);

export function translateStandbyBackend({ namespace, name }: ObjectName, reader: Reader): UnitOutput {
  const row = reader.row('StandbyBackend' as Kind, namespace, name) as
    | z.infer<typeof standbyBackend>
    | undefined;
  if (row === undefined) return noOutput;
  const { service, port } = row.spec;
  const { generation } = row.metadata;
  const problems = unreadableParts(row.spec, 'spec');
  const accepted = (): Condition => {
    if (problems.length > 0)
      return condition('Accepted', 'False', generation, 'Invalid', describeUnreadable(problems));
    return reader.row('Service', namespace, service) === undefined
      ? condition('Accepted', 'False', generation, 'BackendNotFound', `no Service ${namespace}/${service}`)
      : condition('Accepted', 'True', generation, 'Accepted', 'the proxies have it');
  };
  const found = accepted();
  const cluster = clusterName({ namespace, service, port, protocol: 'http1', routingType: 'Endpoint' });
  return {
    ...noOutput,
    refs: found.status === 'True' ? [unitName({ kind: 'Cluster', cluster })] : [],
    report: {
      object: resourceKey('StandbyBackend', namespace, name),
      status: JSON.stringify({ conditions: [found] }),
    },
  };
}
