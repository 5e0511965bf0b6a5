import type { RejectionsOfObject } from './rejections.ts';

export interface DataPlane {
  /** Returns the number of routes of a listener. */
  readonly attachedRoutes: (listener: string) => number;
  readonly isProgrammed: boolean;
  readonly problem: string | undefined;
  readonly rejections: RejectionsOfObject;
}

/** Completes a Gateway's translated status with the state of its proxies. `listenerSets`: number of those attached. */
export function gatewayStatus(report: unknown, dataPlane: DataPlane, listenerSets = 0): unknown {
  if (!isReport(report)) return report;
  return {
    ...report,
    conditions: report.conditions.map((condition) => withDataPlane(condition, dataPlane)),
    listeners: report.listeners.map((listener) => ({
      ...listener,
      attachedRoutes: dataPlane.attachedRoutes(listener.name),
      conditions: listener.conditions.map((condition) => withDataPlane(condition, dataPlane)),
    })),
    ...(report.attachedListenerSets === undefined ? {} : { attachedListenerSets: listenerSets }),
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Report {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
  readonly attachedListenerSets?: number;
}

/** Decides `Programmed`, the one condition that depends on proxies, where translation left it open. */
export function withDataPlane(
  condition: Condition,
  { isProgrammed, problem, rejections }: DataPlane,
): Condition {
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

export function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'conditions' in value;
}
