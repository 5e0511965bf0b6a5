import type { Problem } from '../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';
import { accessLogs } from '../listeners/access-log.ts';
import { condition, type Condition } from '../conditions.ts';
import type { WholeGateway } from '../attach/ownership.ts';
import { parametersProblem, type Parameters } from './parameters.ts';

export interface JudgedListener {
  readonly name: string;
  readonly isAccepted: boolean;
}

/** Accepts a Gateway with one valid listener: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec */
export function acceptedCondition(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
  listeners: readonly JudgedListener[],
): Condition {
  const { generation } = gateway.row.metadata;
  const problem = parametersProblem(parameters);
  if (problem !== undefined) return condition('Accepted', 'False', generation, 'InvalidParameters', problem);
  const unreadable = unreadableOfGateway(gateway);
  if (unreadable.length > 0) {
    const message = describeUnreadable(unreadable);
    return condition('Accepted', 'False', generation, 'Invalid', message);
  }
  const address = gateway.row.spec.addresses.findIndex(({ type }) => !addressTypes.has(type));
  if (address >= 0) {
    const message = `spec.addresses[${address}].type: must be IPAddress or Hostname`;
    return condition('Accepted', 'False', generation, 'UnsupportedAddress', message);
  }
  const leftOut = `${notSupported(reader, parameters)}${unreadablePluginSources(gateway)}`;
  const refused = listeners.filter(({ isAccepted }) => !isAccepted).map(({ name }) => name);
  if (refused.length === 0) {
    return condition('Accepted', 'True', generation, 'Accepted', `every listener is accepted${leftOut}`);
  }
  const accepted = listeners.filter(({ isAccepted }) => isAccepted).map(({ name }) => name);
  const status = accepted.length > 0 ? 'True' : 'False';
  const rest = accepted.length > 0 ? accepted.join(', ') : 'none';
  const message = `not accepted: listener ${refused.join(', ')} (see its conditions); accepted: ${rest}${leftOut}`;
  return condition('Accepted', status, generation, 'ListenersNotValid', message);
}

/** Lists the fields of the EnvoyProxy that have no effect. They do not stop the Gateway. */
function notSupported(reader: Reader, parameters: Parameters): string {
  if (parameters.kind === 'invalid' || parameters.proxy === undefined) return '';
  const problems = [
    ...parameters.proxy.leftOut.map((path) => `spec.${path}: is not supported yet`),
    ...accessLogs(reader, parameters).problems,
  ];
  return problems.length === 0 ? '' : `; left out of EnvoyProxy ${parameters.name}: ${problems.join('; ')}`;
}

function unreadablePluginSources({ row }: WholeGateway): string {
  const problem = row.metadata.annotations?.problem;
  return problem === undefined ? '' : `; ${problem}: until then, plugins come from its own namespace alone`;
}

/** Lists the unreadable parts of the Gateway, without its listeners, which report their own. */
function unreadableOfGateway({ row: { metadata, spec } }: WholeGateway): Problem[] {
  return [...unreadableParts(metadata, 'metadata'), ...unreadableParts({ ...spec, listeners: [] }, 'spec')];
}

const addressTypes = new Set(['IPAddress', 'Hostname']);
