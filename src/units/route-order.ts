/** Place of a match among those of equal rank, and the match itself. */
export interface MatchPlace {
  readonly creationTimestamp: string;
  /** `namespace/name` of the route. */
  readonly route: string;
  readonly kind: string;
  /** Position of the rule in the route, and of the match in the rule. */
  readonly rule: number;
  readonly position: number;
}

/** Returns the second part of `RouteEntry.order`, which follows the rank of the match. */
export function matchPlaceText({ creationTimestamp, route, kind, rule, position }: MatchPlace): string {
  return `${creationTimestamp} ${route} ${kind} ${fiveDigits(rule)}${fiveDigits(position)}`;
}

/** Undefined: the entry is not of a match of a route. */
export function parseMatchPlace(order: string): Omit<MatchPlace, 'creationTimestamp'> | undefined {
  const [, route, kind, rule, position] = / (\S+) (\S+) (\d{5})(\d{5})$/.exec(order) ?? [];
  if (route === undefined || kind === undefined) return undefined;
  return { route, kind, rule: Number(rule), position: Number(position) };
}

/** A path has at most 1,024 characters, and a route at most 16 rules with 64 matches each. */
export function fiveDigits(count: number): string {
  return String(Math.min(count, maxCount)).padStart(5, '0');
}

export const maxCount = 99_999;
