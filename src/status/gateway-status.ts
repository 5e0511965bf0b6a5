/**
 * A Gateway's status as translation reported it, with what translation cannot know: how many routes are attached, and
 * whether the data plane has it. `programmed`: at least one proxy has ACKed every Listener of the Gateway as it is now.
 * `problem`: why no proxy can be run as it should be.
 */
export function gatewayStatus(
  report: unknown,
  attachedRoutes: (listener: string) => number,
  programmed: boolean,
  problem?: string,
): unknown {
  if (!isReport(report)) return report;
  return {
    ...report,
    conditions: report.conditions.map((condition) => withDataPlane(condition, programmed, problem)),
    listeners: report.listeners.map((listener) => ({
      ...listener,
      attachedRoutes: attachedRoutes(listener.name),
      conditions: listener.conditions.map((condition) => withDataPlane(condition, programmed, problem)),
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
function withDataPlane(condition: Condition, programmed: boolean, problem: string | undefined): Condition {
  if (condition.type !== 'Programmed' || condition.status !== 'Unknown') return condition;
  if (!programmed) {
    if (problem === undefined) return condition;
    const message = `the proxies cannot be run: ${problem}`;
    const refused = { status: 'False', reason: 'Invalid', message };
    return { ...condition, ...refused };
  }
  const decided = { status: 'True', reason: 'Programmed', message: 'a proxy has acknowledged it' };
  return { ...condition, ...decided };
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'conditions' in value;
}
