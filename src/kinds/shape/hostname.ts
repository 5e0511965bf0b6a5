/**
 * Hostname of a listener or route without one; `*.example.com` covers every name that ends in `.example.com`, with one or
 * more labels before it. https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
 */
export const anyHostname = '*';

/** Returns true when `pattern` matches every name that `hostname` matches. */
export function covers(pattern: string, hostname: string): boolean {
  if (pattern === hostname || pattern === anyHostname) return true;
  if (!pattern.startsWith('*.') || hostname === anyHostname) return false;
  const suffix = pattern.slice(1);
  const labels = hostname.startsWith('*.') ? hostname.slice(1) : hostname;
  return labels.length > suffix.length && labels.endsWith(suffix);
}

export function intersects(a: string, b: string): boolean {
  return covers(a, b) || covers(b, a);
}

/** Returns the other hostnames that cover the given one, most specific first; the last is `*`. */
export function coveringHostnames(hostname: string): string[] {
  if (hostname === anyHostname) return [];
  const found: string[] = [];
  let rest = hostname.startsWith('*.') ? hostname.slice(2) : hostname;
  for (let dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.')) {
    rest = rest.slice(dot + 1);
    found.push(`*.${rest}`);
  }
  found.push(anyHostname);
  return found;
}
