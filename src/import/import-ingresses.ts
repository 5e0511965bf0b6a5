import { readIngress, type Entry, type PortOf, type ReadIngress } from './entries.ts';
import type { Ingress, Manifest, Report } from './ingress.ts';
import { listenersOf, type Listeners, type Target } from './listeners.ts';
import { redirectRule, rulesOf, type Share } from './rules.ts';

const gatewayApi = 'gateway.networking.k8s.io/v1';
const envoyGateway = 'gateway.envoyproxy.io/v1alpha1';

/** Returns a Gateway, and for each Ingress its routes and policies; reports what cannot be carried over. */
export function importIngresses(
  ingresses: readonly { readonly ingress: Ingress; readonly report: Report }[],
  portOf: PortOf,
  target: Target,
): Manifest[] {
  const all = ingresses.map(({ ingress, report }) => readIngress(ingress, portOf, report));
  const listeners = listenersOf(all, target);
  const shares = sharesOf(all);
  const names = new Set<string>();
  const routes = all
    .filter(({ settings }) => settings.canary === undefined)
    .flatMap((one) => manifestsOf(one, shares, listeners, target, names));
  return [...listeners.manifests, ...routes];
}

function keyOf({ metadata }: Ingress, { host, path }: Entry): string {
  return JSON.stringify([metadata.namespace, host, path.path, path.pathType]);
}

/** Finds for each canary the path that it takes a share of. */
function sharesOf(all: readonly ReadIngress[]): ReadonlyMap<string, readonly Share[]> {
  const main = all.filter(({ settings }) => settings.canary === undefined);
  const keys = new Set(main.flatMap(({ ingress, entries }) => entries.map((entry) => keyOf(ingress, entry))));
  const shares = new Map<string, Share[]>();
  for (const { ingress, settings, entries, report } of all)
    for (const entry of entries) {
      const { backend } = entry;
      if (settings.canary === undefined || backend === undefined) continue;
      const key = keyOf(ingress, entry);
      if (keys.has(key)) shares.set(key, [...(shares.get(key) ?? []), { canary: settings.canary, backend }]);
      else
        report(
          ['spec', 'rules'],
          `no other Ingress has ${entry.host}${entry.path.path}: its canary is left out`,
        );
    }
  return shares;
}

function manifestsOf(
  { ingress, settings, entries }: ReadIngress,
  shares: ReadonlyMap<string, readonly Share[]>,
  listeners: Listeners,
  target: Target,
  names: Set<string>,
): Manifest[] {
  const { namespace, name: ingressName } = ingress.metadata;
  const byHost = [...Map.groupBy(entries, ({ host }) => host)];
  const parent = { name: target.name, namespace: target.namespace };
  return byHost.flatMap(([host, own], i) => {
    const name = freeName(namespace, byHost.length === 1 ? ingressName : `${ingressName}-${i + 1}`, names);
    const of = (apiVersion: string, kind: string, suffix: string, spec: object): Manifest => ({
      apiVersion,
      kind,
      metadata: { name: `${name}${suffix}`, namespace },
      spec,
    });
    const route = (suffix: string, sections: readonly string[], rules: readonly object[]): Manifest =>
      of(gatewayApi, 'HTTPRoute', suffix, {
        parentRefs: sections.map((sectionName) => ({ ...parent, sectionName })),
        ...(host === '' ? {} : { hostnames: [host] }),
        rules,
      });
    const https = listeners.of(host);
    const isRedirected =
      settings.toHttps === 'always' || (https !== undefined && settings.toHttps === 'with a certificate');
    const sections = [...(isRedirected ? [] : ['http']), ...(https === undefined ? [] : [https])];
    const made = own.map((entry, j) => {
      const filterName = `${name}-${j + 1}`;
      const { rules, rewrite } = rulesOf(entry, shares.get(keyOf(ingress, entry)) ?? [], filterName);
      const filter = rewrite && of(envoyGateway, 'HTTPRouteFilter', `-${j + 1}`, rewrite);
      return { rules, filters: filter === undefined ? [] : [filter] };
    });
    const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name }];
    const policies = (
      [
        ['BackendTrafficPolicy', settings.traffic],
        ['SecurityPolicy', settings.security],
      ] as const
    ).flatMap(([kind, spec]) =>
      spec === undefined ? [] : [of(envoyGateway, kind, '', { targetRefs, ...spec })],
    );
    const served = [
      route(
        '',
        sections,
        made.flatMap(({ rules }) => rules),
      ),
      ...made.flatMap(({ filters }) => filters),
      ...policies,
    ];
    return [
      ...(sections.length === 0 ? [] : served),
      ...(isRedirected ? [route('-to-https', ['http'], own.map(redirectRule))] : []),
    ];
  });
}

function freeName(namespace: string, wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let i = 2; names.has(`${namespace}/${name}`); i++) name = `${wanted}-${i}`;
  names.add(`${namespace}/${name}`);
  return name;
}
