/**
 * A Gateway's status as translation reported it, with what translation cannot know: how many routes are attached, and
 * whether the data plane has it. `programmed`: at least one proxy has ACKed every Listener of the Gateway as it is now.
 */
export function gatewayStatus(
  report: unknown,
  attachedRoutes: (listener: string) => number,
  programmed: boolean,
): unknown {
  if (!isReport(report)) return report;
  return {
    ...report,
    conditions: report.conditions.map((condition) => withDataPlane(condition, programmed)),
    listeners: report.listeners.map((listener) => ({
      ...listener,
      attachedRoutes: attachedRoutes(listener.name),
      conditions: listener.conditions.map((condition) => withDataPlane(condition, programmed)),
    })),
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Report {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
}

/** `Programmed` is the one condition that the data plane decides, and only where translation left it open. */
function withDataPlane(condition: Condition, programmed: boolean): Condition {
  if (!programmed || condition.type !== 'Programmed' || condition.status !== 'Unknown') return condition;
  const decided = { status: 'True', reason: 'Programmed', message: 'a proxy has acknowledged it' };
  return { ...condition, ...decided };
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'conditions' in value;
}
