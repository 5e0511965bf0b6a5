import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mistake in manifests that are right otherwise. */
interface Mistake {
  readonly title: string;
  /** Text of {@link rightManifests} that is replaced, and its replacement. */
  readonly edit: readonly [from: string, to: string];
  /** All that `sluice translate` then says. */
  readonly lines: readonly string[];
}

export const rightManifests = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: sluice
spec:
  controllerName: sluice.dev/gateway-controller
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: web
spec:
  gatewayClassName: sluice
  listeners:
    - name: http
      hostname: '*.example.com'
      protocol: HTTP
      port: 8080
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  hostnames:
    - shop.example.com
  rules:
    - backendRefs:
        - name: blue
          port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: blue
spec:
  ports:
    - port: 80
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: blue
  labels:
    kubernetes.io/service-name: blue
addressType: IPv4
ports:
  - port: 3001
endpoints:
  - addresses:
      - 10.0.0.1
`;

export const mistakes: readonly Mistake[] = [
  {
    title: 'YAML that cannot be read',
    edit: ['hostnames:\n', 'hostnames\n'],
    lines: ['shop.yaml:27:3: is not valid YAML: a key over several lines: is a colon missing?'],
  },
  {
    title: 'a kind that does not exist',
    edit: ['kind: HTTPRoute', 'kind: HttpRoute'],
    lines: [
      'shop.yaml:21:7: HttpRoute shop: kind: is not followed, and requests are served without this object: did you mean HTTPRoute?',
    ],
  },
  {
    title: 'a kind of another project',
    edit: [
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute',
      'apiVersion: networking.k8s.io/v1\nkind: Ingress',
    ],
    lines: [
      'shop.yaml:21:7: Ingress shop: kind: is not followed, and this object is ignored: write it as a Gateway and an HTTPRoute',
    ],
  },
  {
    title: 'a wrong apiVersion',
    edit: ['v1\nkind: HTTPRoute', 'v1beta2\nkind: HTTPRoute'],
    lines: [
      'shop.yaml:20:13: HTTPRoute shop: apiVersion: HTTPRoute is not followed in version v1beta2, and this object is ignored: write apiVersion: gateway.networking.k8s.io/v1',
    ],
  },
  {
    title: 'an unknown field',
    edit: ['hostnames:\n', 'hostname:\n'],
    lines: [
      'shop.yaml:27:3: HTTPRoute default/shop: spec.hostname: is not a field of HTTPRoute and has no effect: did you mean hostnames?',
    ],
  },
  {
    title: 'a Service that does not exist',
    edit: ['- name: blue\n          port', '- name: bleu\n          port'],
    lines: [
      'shop.yaml:31:17: HTTPRoute default/shop: spec.rules[0].backendRefs[0].name: Service default/bleu does not exist: its share of requests gets 500 (BackendNotFound): correct the reference, or apply what it names',
    ],
  },
  {
    title: 'a port that the Service does not have',
    edit: ['- name: blue\n          port: 80', '- name: blue\n          port: 8080'],
    lines: [
      'shop.yaml:32:17: HTTPRoute default/shop: spec.rules[0].backendRefs[0].port: Service default/blue has no TCP port 8080: its share of requests gets 500 (BackendNotFound): correct the reference, or apply what it names',
    ],
  },
  {
    title: 'a Service without endpoints',
    edit: ['service-name: blue', 'service-name: green'],
    lines: [
      'shop.yaml:31:17: HTTPRoute default/shop: spec.rules[0].backendRefs[0].name: Service default/blue has no EndpointSlice with the label kubernetes.io/service-name: blue: its share of requests gets 503: are there Pods that its selector finds, and are they ready?',
    ],
  },
  {
    title: 'a hostname that no listener takes',
    edit: ['- shop.example.com', '- shop.example.org'],
    lines: [
      'shop.yaml:27:3: HTTPRoute default/shop: spec.hostnames: none of them matches listener http (*.example.com): no request reaches this route (NoMatchingListenerHostname): take a hostname of the listener, or change the listener',
    ],
  },
  {
    title: 'a certificate that does not exist',
    edit: ['protocol: HTTP\n', 'protocol: HTTPS\n      tls: { certificateRefs: [{ name: shop-cert }] }\n'],
    lines: [
      'shop.yaml:18:40: Gateway default/web: spec.listeners[0].tls.certificateRefs[0].name: Secret default/shop-cert does not exist: clients cannot connect (InvalidCertificateRef): correct the reference, or apply what it names',
    ],
  },
  {
    title: 'two objects of one name',
    edit: [
      '---\napiVersion: discovery',
      '---\napiVersion: v1\nkind: Service\nmetadata:\n  name: blue\n---\napiVersion: discovery',
    ],
    lines: [
      'shop.yaml:42:1: Service default/blue: is also in shop.yaml:34, which is the one in force: remove one of the two, or rename it',
    ],
  },
  {
    title: 'a parent that does not exist',
    edit: ['- name: web', '- name: wbe'],
    lines: [
      'shop.yaml:26:13: HTTPRoute default/shop: spec.parentRefs[0].name: Gateway default/wbe does not exist, so no request reaches this route by it: did you mean web?',
    ],
  },
  {
    title: 'a listener that the parent does not have',
    edit: ['- name: web', '- { name: web, sectionName: https }'],
    lines: [
      'shop.yaml:26:33: HTTPRoute default/shop: spec.parentRefs[0].sectionName: Gateway default/web has no listener named https: no request reaches this route (NoMatchingParent): name a listener or port of the parent, or add one to it',
    ],
  },
  {
    title: 'a GatewayClass that does not exist',
    edit: ['gatewayClassName: sluice', 'gatewayClassName: sluce'],
    lines: [
      'shop.yaml:13:21: Gateway default/web: spec.gatewayClassName: GatewayClass sluce does not exist, so no proxy serves this Gateway: did you mean sluice?',
    ],
  },
  {
    title: 'a GatewayClass of another controller',
    edit: ['controllerName: sluice.dev', 'controllerName: example.com'],
    lines: [
      "shop.yaml:6:19: GatewayClass sluice: spec.controllerName: is another controller's: its Gateways are not served; Sluice's is sluice.dev/gateway-controller",
    ],
  },
  {
    title: 'a policy that Sluice does not support',
    edit: [
      '---\napiVersion: v1\nkind: Service\n',
      `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyPatchPolicy
metadata:
  name: patch
spec:
  targetRef: { group: gateway.networking.k8s.io, kind: Gateway, name: web }
---
apiVersion: v1
kind: Service
`,
    ],
    lines: [
      'shop.yaml:8:1: Gateway default/web: requests are served without EnvoyPatchPolicy default/patch: not supported yet (PoliciesIgnored)',
      'shop.yaml:20:1: HTTPRoute default/shop: requests are served without EnvoyPatchPolicy default/patch: not supported yet (PoliciesIgnored)',
      'shop.yaml:34:1: EnvoyPatchPolicy default/patch: EnvoyPatchPolicy is not supported yet: requests are served as if it did not exist (NotSupported): remove it, or see docs/compatibility.md',
    ],
  },
  {
    title: 'a policy for an object that does not exist',
    edit: [
      '---\napiVersion: v1\nkind: Service\n',
      `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: retries
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: shopp }]
---
apiVersion: v1
kind: Service
`,
    ],
    lines: [
      'shop.yaml:39:75: BackendTrafficPolicy default/retries: spec.targetRefs[0].name: HTTPRoute default/shopp does not exist, so the policy has no effect there: did you mean shop?',
    ],
  },
];

/** A mistake in the config file `sluice.yaml`. */
export const configMistakes = [
  {
    title: 'an option that does not exist in the config file',
    text: 'provider: { type: file, file: { directory: manifests } }\nxds: { prt: 18000 }\n',
    line: 'sluice.yaml:2: xds.prt: is no option; did you mean port?',
  },
] as const;

/** Mistakes in a command line. */
export const flagMistakes = [
  {
    title: 'a flag that does not exist',
    args: ['translate', 'shop.yaml', '--fromat', 'yaml'],
    line: 'sluice: translate: "--fromat" is no flag; did you mean --format?',
  },
] as const;

const file = join(import.meta.dirname, 'mistakes.md');

/** The page as it is, and as the tables have it. */
export function mistakesPage(): { readonly written: string; readonly wanted: string } {
  const all = [
    ...mistakes,
    ...configMistakes.map(({ title, line }) => ({ title, lines: [line] })),
    ...flagMistakes.map(({ title, line }) => ({ title, lines: [line] })),
  ];
  return {
    written: readFileSync(file, 'utf8'),
    wanted: `${introduction}\n${all.map(section).join('\n')}`,
  };
}

const introduction = `# Mistakes, and what Sluice says

Each line names the file, the line and column, the object, the field, what is wrong, and what requests get. \`sluice translate\` and
\`sluice standalone\` print it on standard error; in a cluster the words in front of the brackets are those of a condition, whose
reason is in the brackets, where the API server takes the object at all. A parent or a GatewayClass that does not exist, and a
Service without endpoints, are [Events](in-a-cluster.md#when-a-request-fails) there.

Made by \`node docs/mistakes.ts\` from the table in that file, whose every case a test plays; edit that, not this page.
`;

function section({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): string {
  return `**${title.charAt(0).toUpperCase()}${title.slice(1)}**\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}

// `node docs/mistakes.ts` writes the page anew, after a change of the tables.
if (import.meta.main) writeFileSync(file, mistakesPage().wanted);
