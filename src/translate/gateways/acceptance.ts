import type { Problem } from '../../kinds/row.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';
import { isAmongPlugins } from '../../kinds/envoy-gateway/filter-order.ts';
import { isLogLevel } from '../../kinds/envoy-gateway/log-levels.ts';
import { accessLogs } from '../listeners/access-log.ts';
import { tracing } from '../listeners/tracing.ts';
import { condition, type Condition } from '../conditions.ts';
import type { WholeGateway } from '../attach/ownership.ts';
import { parametersProblem, type Parameters } from './parameters.ts';

export interface JudgedListener {
  readonly name: string;
  readonly isAccepted: boolean;
}

/** Problems of logs and traces, with field paths below the EnvoyProxy. */
interface TelemetryVerdict {
  readonly faults: readonly string[];
  readonly leftOut: readonly string[];
}

/** Looks at the servers of logs and traces. */
export function telemetryVerdict(
  reader: Reader,
  gateway: WholeGateway,
  parameters: Parameters,
): TelemetryVerdict {
  const found = [accessLogs, tracing].map((read) => read(reader, gateway, parameters));
  return {
    faults: found.flatMap(({ faults }) => faults),
    leftOut: found.flatMap(({ leftOut }) => leftOut),
  };
}

/** Accepts a Gateway with one valid listener: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec */
export function acceptedCondition(
  gateway: WholeGateway,
  parameters: Parameters,
  listeners: readonly JudgedListener[],
  telemetry: TelemetryVerdict,
): Condition {
  const { generation } = gateway.row.metadata;
  const problem = parametersProblem(parameters) ?? telemetryProblem(parameters, telemetry.faults);
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
  const leftOut = `${notSupported(parameters, telemetry.leftOut)}${unreadableAnnotations(gateway)}`;
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

function telemetryProblem(parameters: Parameters, faults: readonly string[]): string | undefined {
  if (faults.length === 0 || parameters.kind === 'invalid' || parameters.proxy === undefined)
    return undefined;
  return `EnvoyProxy ${parameters.name}: ${faults.join('; ')}`;
}

/** Lists the fields of the EnvoyProxy that have no effect. They do not stop the Gateway. */
function notSupported(parameters: Parameters, ofTelemetry: readonly string[]): string {
  if (parameters.kind === 'invalid' || parameters.proxy === undefined) return '';
  const { leftOut, logging, filterOrder } = parameters.proxy;
  const problems = [
    ...leftOut.map((path) => `spec.${path}: is not supported yet`),
    ...logging.level.flatMap((level) =>
      isLogLevel(level) ? [] : `spec.logging.level.${level[0]}: is no component or level of Envoy`,
    ),
    ...filterOrder.flatMap((position, i) =>
      isAmongPlugins(position) ? `spec.filterOrder[${i}]: plugins run in the order of their policy` : [],
    ),
    ...ofTelemetry,
  ];
  return problems.length === 0 ? '' : `; left out of EnvoyProxy ${parameters.name}: ${problems.join('; ')}`;
}

function unreadableAnnotations({ row }: WholeGateway): string {
  return row.metadata.annotations.problems.map((problem) => `; ${problem}`).join('');
}

/** Lists the unreadable parts of the Gateway, without its listeners, which report their own. */
function unreadableOfGateway({ row: { metadata, spec } }: WholeGateway): Problem[] {
  return [...unreadableParts(metadata, 'metadata'), ...unreadableParts({ ...spec, listeners: [] }, 'spec')];
}

const addressTypes = new Set(['IPAddress', 'Hostname']);
