/** Pages of the site's menu by group, from the root of the repository. A page of `docs` that no group has is under "More". */
export const contents: readonly (readonly [group: string, pages: readonly string[]])[] = [
  ['Begin', ['README.md', 'docs/in-a-cluster.md', 'examples/README.md', 'docs/gotchas.md']],
  [
    'Move',
    [
      'docs/moving/envoy-gateway.md',
      'docs/moving/ingress-nginx.md',
      'docs/moving/contour.md',
      'docs/moving/istio.md',
    ],
  ],
  [
    'Use',
    [
      'docs/policies.md',
      'docs/plugins.md',
      'docs/http-route-filters.md',
      'docs/envoy-proxy.md',
      'docs/tls.md',
      'docs/mistakes.md',
      'docs/policy-traps.md',
    ],
  ],
  [
    'Operate',
    [
      'docs/console.md',
      'docs/troubleshooting.md',
      'docs/tuning.md',
      'docs/metrics.md',
      'docs/alerts.md',
      'docs/security.md',
      'docs/performance.md',
    ],
  ],
  [
    'Look up',
    [
      'docs/commands.md',
      'docs/config.md',
      'docs/features.md',
      'docs/supported-fields.md',
      'docs/envoy-gateway-fields.md',
      'docs/compatibility.md',
      'docs/stability.md',
      'CHANGELOG.md',
    ],
  ],
  ['Change Sluice', ['CONTRIBUTING.md', 'docs/architecture.md', 'docs/add-a-kind.md', 'docs/glossary.md']],
];
