import { isReport, withDataPlane, type Condition, type DataPlane } from './gateway-status.ts';

/** State of a ListenerSet's Gateway: `status` is the Gateway's completed one. */
export interface ParentState extends DataPlane {
  readonly status: unknown;
}

/**
 * Completes a ListenerSet's translated status with that of its Gateway, whose proxies serve it.
 * https://gateway-api.sigs.k8s.io/geps/gep-1713/#listenerset-conditions
 */
export function listenerSetStatus(report: unknown, parent: ParentState): unknown {
  if (!isReport(report)) return report;
  return {
    ...report,
    conditions: report.conditions.map((condition) => withParent(condition, parent)),
    listeners: report.listeners.map((listener) => ({
      ...listener,
      attachedRoutes: parent.attachedRoutes(listener.name),
      conditions: listener.conditions.map((condition) => withDataPlane(condition, parent)),
    })),
  };
}

/** Returns true unless the Gateway itself is not accepted. */
export function isAccepted(status: unknown): boolean {
  return statusOf(status, 'Accepted') !== 'False';
}

/** Returns what ListenerSets show of their Gateway's status, as text. */
export function stateOf(status: unknown): string {
  return `${statusOf(status, 'Accepted')} ${statusOf(status, 'Programmed')}`;
}

function withParent(condition: Condition, parent: ParentState): Condition {
  if (condition.type === 'Accepted' && condition.status === 'True' && !isAccepted(parent.status)) {
    const refused = { status: 'False', reason: 'ParentNotAccepted', message: 'its Gateway is not accepted' };
    return { ...condition, ...refused };
  }
  const decided = withDataPlane(condition, parent);
  const isOpen = condition.type === 'Programmed' && condition.status === 'Unknown';
  if (!isOpen || parent.rejections.size > 0 || statusOf(parent.status, 'Programmed') !== 'False')
    return decided;
  const refused = {
    status: 'False',
    reason: 'ParentNotProgrammed',
    message: 'its Gateway is not programmed',
  };
  return { ...condition, ...refused };
}

function statusOf(status: unknown, type: string): string | undefined {
  return isReport(status) ? status.conditions.find((one) => one.type === type)?.status : undefined;
}
