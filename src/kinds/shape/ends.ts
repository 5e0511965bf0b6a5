/**
 * For an issue of a check before a `pipe` or `transform`, which then does not run: later rules may not run either, as they
 * would get the user's value instead of the type they expect.
 */
export const ends = { continue: false } as const;
