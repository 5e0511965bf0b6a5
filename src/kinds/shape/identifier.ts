const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;

/** Patterns of names in Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const identifier = {
  /** RFC 1123 label, such as a namespace. */
  label: new RegExp(`^${label}$`),
  /** RFC 1123 subdomain, such as the name of a Gateway. */
  subdomain: new RegExp(`^${subdomain}$`),
  /** Subdomain with an optional leading `*.`. */
  wildcard: new RegExp(`^(\\*\\.)?${subdomain}$`),
  /** API group; the core group is empty. */
  group: new RegExp(`^$|^${subdomain}$`),
  kind: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  /** `domain/path`, as a GatewayClass names its controller. */
  controllerName: new RegExp(`^${subdomain}/[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+$`),
  /** Name of an HTTP header or query parameter (RFC 9110 token). */
  token: /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/,
} as const;
