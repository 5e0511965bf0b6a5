import { between, type Lags } from './sluice-figures.ts';
import type { Span } from './spans.ts';

/** Returns the lags of all spans together. */
export function lagsOf(spans: readonly Span[], lane: 'endpoints' | 'config'): Lags {
  return between(spans.map(({ before, after }) => [before.lags[lane], after.lags[lane]]));
}
