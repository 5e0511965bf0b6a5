/** Reason why a route, or a part of it, is not served as written. `path` is a field path below the object's `spec`. */
export interface RouteProblem {
  readonly condition: 'Accepted' | 'ResolvedRefs';
  readonly reason:
    | 'UnsupportedValue'
    | 'IncompatibleFilters'
    | 'RefNotPermitted'
    | 'InvalidKind'
    | 'BackendNotFound'
    | 'UnsupportedProtocol';
  readonly path: string;
  readonly message: string;
}

export function unsupportedValue(path: string, message: string): RouteProblem {
  return { condition: 'Accepted', reason: 'UnsupportedValue', path, message };
}

/** Joins problems into one message, in order; the limit of a message cuts it. */
export function describeProblems(problems: readonly RouteProblem[]): string {
  return problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
}
