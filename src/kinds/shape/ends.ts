/**
 * Ends the checks at an issue before a `pipe` or `transform`, which then does not run: later rules would get the user's
 * value instead of the type they expect.
 */
export const ends = { continue: false } as const;
