/**
 * An issue of a check that stands before a `pipe` or a `transform`, which then does not run: rules of what the value is a part of
 * may not run either, as they would get the user's own value in place of the one that their types promise.
 */
export const ends = { continue: false } as const;
