/** A goal of one scenario, held on the bad end of the interval. */
export interface Goal {
  /** As the page names it. */
  readonly title: string;
  readonly of: GoalOf;
}

export type GoalOf =
  /** The figure of Sluice at each size, or at one. */
  | { readonly kind: 'most'; readonly figure: string; readonly value: number; readonly routes?: number }
  /** Growth exponent of the figure over the sizes. */
  | { readonly kind: 'growth'; readonly figure: string; readonly value: number }
  /** The peer's figure divided by that of Sluice in the same block. */
  | {
      readonly kind: 'ratio';
      readonly figure: string;
      readonly peer: string;
      readonly least: number;
      readonly routes: number;
    }
  /** At most that of the best peer of the same blocks. */
  | { readonly kind: 'best'; readonly figure: string; readonly routes: number };
