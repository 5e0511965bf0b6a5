import { fallbackName } from '../../units/fallback-name.ts';
import type { RouteProblem } from './problem.ts';

/** A backend of a rule, as far as its cluster goes. */
export interface FallbackBackend {
  /** Undefined: invalid. */
  readonly cluster: string | undefined;
  readonly weight: number;
  readonly isFallback?: boolean | undefined;
  readonly needsHost?: boolean | undefined;
}

/**
 * Gives each backend of a rule a cluster that goes on with the other backends and then with the fallbacks, in the order of
 * the rule; these get no share of their own. Weights hold among the others. Without other valid backends, fallbacks are
 * backends like any. O(backends²) names, of 16 at most.
 */
export function withFallbacks<Backend extends FallbackBackend>(
  namespace: string,
  backends: readonly Backend[],
): readonly Backend[] {
  const used = backends.filter(({ cluster, weight }) => cluster !== undefined && weight > 0);
  const own = used.filter(({ isFallback }) => isFallback !== true);
  if (own.length === 0 || own.length === backends.length) return backends;
  const others = namesOf(own);
  const fallbacks = namesOf(used.filter(({ isFallback }) => isFallback === true));
  return backends
    .filter(({ isFallback }) => isFallback !== true)
    .map((backend) => {
      const { cluster, needsHost } = backend;
      if (cluster === undefined || needsHost === true || fallbacks.length === 0) return backend;
      // Their own order does not matter, so that an edit of it changes no name.
      const next = others.filter((name) => name !== cluster).sort();
      return { ...backend, cluster: fallbackName({ namespace, members: [cluster, ...next, ...fallbacks] }) };
    });
}

/** Returns a problem for each backend of a rule with fallbacks that can have none, or be none. */
export function fallbackProblems(backends: readonly FallbackBackend[], path: string): RouteProblem[] {
  return backends.some(({ isFallback }) => isFallback === true) ? sharingProblems(backends, path) : [];
}

/** Returns a problem for each of several backends that cannot share a cluster. */
export function sharingProblems(backends: readonly FallbackBackend[], path: string): RouteProblem[] {
  if (backends.length === 1) return [];
  return backends.flatMap(({ needsHost }, i) => {
    if (needsHost !== true) return [];
    const message =
      'beside a fallback, a Backend needs tls.sni or tls.autoSNIFromEndpointHostname; it has none';
    return [{ condition: 'ResolvedRefs', reason: 'UnsupportedProtocol', path: `${path}[${i}]`, message }];
  });
}

function namesOf(backends: readonly FallbackBackend[]): string[] {
  return [
    ...new Set(backends.flatMap(({ cluster, needsHost }) => (needsHost === true ? [] : (cluster ?? [])))),
  ];
}
