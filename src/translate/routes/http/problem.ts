/** Why a route, or a part of it, is not served as written. `path` is a field path below the object's `spec`. */
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

/** Several problems as one message, in order; the bound of a message cuts what is too much. */
export function describeProblems(problems: readonly RouteProblem[]): string {
  return problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ');
}
