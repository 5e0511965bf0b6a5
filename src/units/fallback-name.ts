/**
 * Cluster of a backend and those that take its requests when it fails: the names of clusters, in the order in which Envoy
 * tries them. Each keeps its own protocol, TLS and settings.
 */
export interface Fallback {
  /** Namespace of the route, which pays for the translation. */
  readonly namespace: string;
  readonly members: readonly string[];
}

/** Returns a name such as `default/fallback:default/app/80/http1|default/backend:other/http1`. */
export function fallbackName({ namespace, members }: Fallback): string {
  return `${namespace}/${mark}${members.join(separator)}`;
}

/** Returns the names of the clusters behind such a name; undefined for that of any other cluster. */
export function fallbackMembers(name: string): readonly string[] | undefined {
  const behind = name.slice(name.indexOf('/') + 1);
  return behind.startsWith(mark) ? behind.slice(mark.length).split(separator) : undefined;
}

/** Returns the name with those of its members changed, or that of a single cluster. */
export function renamed(name: string, rename: (member: string) => string): string {
  const members = fallbackMembers(name);
  if (members === undefined) return rename(name);
  const namespace = name.slice(0, name.indexOf('/'));
  return fallbackName({ namespace, members: members.map(rename) });
}

/** No name of a Service has a colon. */
const mark = 'fallback:';
const separator = '|';
