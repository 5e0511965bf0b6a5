import type { RejectionsOfObject } from './rejections.ts';

/** State of a Gateway that translation cannot know. */
export interface DataPlane {
  /** How many routes are attached to the listener of that name. */
  readonly attachedRoutes: (listener: string) => number;
  /** At least one proxy has ACKed every Listener of the Gateway as it is now. */
  readonly isProgrammed: boolean;
  /** The reason why no proxy can be run as it should be. */
  readonly problem: string | undefined;
  /** Reasons why proxies reject what was made of the Gateway itself. */
  readonly rejections: RejectionsOfObject;
}

/** A Gateway's status as translation reported it, with what only the data plane knows. */
export function gatewayStatus(report: unknown, dataPlane: DataPlane): unknown {
  if (!isReport(report)) return report;
  return {
    ...report,
    conditions: report.conditions.map((condition) => withDataPlane(condition, dataPlane)),
    listeners: report.listeners.map((listener) => ({
      ...listener,
      attachedRoutes: dataPlane.attachedRoutes(listener.name),
      conditions: listener.conditions.map((condition) => withDataPlane(condition, dataPlane)),
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
function withDataPlane(condition: Condition, { isProgrammed, problem, rejections }: DataPlane): Condition {
  if (condition.type !== 'Programmed' || condition.status !== 'Unknown') return condition;
  const [rejection] = rejections.values();
  if (rejection !== undefined) return invalid(condition, rejection);
  if (isProgrammed) {
    const decided = { status: 'True', reason: 'Programmed', message: 'a proxy has acknowledged it' };
    return { ...condition, ...decided };
  }
  return problem === undefined ? condition : invalid(condition, `the proxies cannot be run: ${problem}`);
}

function invalid(condition: Condition, message: string): Condition {
  const rejected = { status: 'False', reason: 'Invalid', message };
  return { ...condition, ...rejected };
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'conditions' in value;
}
