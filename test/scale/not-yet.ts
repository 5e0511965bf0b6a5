import type { Axis } from './objects.ts';

/** Cells of the grid that grow though they may not. The test fails as soon as one of them does not. */
export const notYet: Partial<Record<Axis, readonly string[]>> = {};
