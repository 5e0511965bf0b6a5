const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;

/** Patterns of names in Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const identifier = {
  label: new RegExp(`^${label}$`),
  subdomain: new RegExp(`^${subdomain}$`),
  wildcard: new RegExp(`^(\\*\\.)?${subdomain}$`),
  group: new RegExp(`^$|^${subdomain}$`),
  kind: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  /** `domain/path`, as a GatewayClass names its controller. */
  controllerName: new RegExp(`^${subdomain}/[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+$`),
  /** Name of an HTTP header or query parameter (RFC 9110 token). */
  token: /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/,
} as const;
