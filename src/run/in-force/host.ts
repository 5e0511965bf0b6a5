import type { EntryInForce, HostInForce } from '../../explain/in-force.ts';
import type { RouteJson } from '../../explain/envoy-json.ts';
import type { RouteEntry, RouteFragment } from '../../batch/outcome.ts';
import { anyHostname, coveringHostnames } from '../../kinds/shape/hostname.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import { rulesOf, typeUrl } from '../../publish/type-table.ts';
import type { View } from '../../publish/view.ts';
import { parseMatchPlace } from '../../units/route-order.ts';
import { isShard } from '../../units/route-shard.ts';
import { virtualHostName } from '../../units/virtual-host-name.ts';
import type { Controller } from '../controller.ts';
import { resourceJson } from '../resource-json.ts';
import { rowShape } from './object.ts';

/** Returns the domain by which Envoy finds the routes of a host: O(its labels). */
export function domainFor(view: View, routeConfiguration: string, host: string): string | undefined {
  const candidates = host === '' ? [anyHostname] : [host, ...coveringHostnames(host)];
  return candidates.find((domain) => view.fragmentsOf(routeConfiguration, domain) !== undefined);
}

/** Yields the virtual host of a host without its entries, and then each entry, decoded when it is asked for. */
export function* hostInForce(
  controller: Controller,
  view: View,
  routeConfiguration: string,
  host: string,
): Generator<Omit<HostInForce, 'entries'> | EntryInForce> {
  const domain = domainFor(view, routeConfiguration, host);
  if (domain === undefined) return;
  yield { domain, resource: hostResource(routeConfiguration, domain) };
  const policies = new PoliciesOfRules(controller);
  const placed = [...(view.fragmentsOf(routeConfiguration, domain) ?? [])].flatMap((fragment) =>
    fragment.entries.map((entry) => ({ entry, fragment })),
  );
  placed.sort((a, b) => (a.entry.order < b.entry.order ? -1 : 1));
  for (const { entry, fragment } of placed) yield entryInForce(entry, fragment, policies);
}

/** Names the resource that carries a virtual host: a shard has its hosts inside. */
export function hostResource(routeConfiguration: string, domain: string): HostInForce['resource'] {
  return isShard(routeConfiguration)
    ? { type: rulesOf(typeUrl.route).plural, name: routeConfiguration }
    : { type: rulesOf(typeUrl.virtualHost).plural, name: virtualHostName(routeConfiguration, domain) };
}

function entryInForce(
  { order, bytes }: RouteEntry,
  { owner, madeOf }: RouteFragment,
  policies: PoliciesOfRules,
): EntryInForce {
  const place = parseMatchPlace(order);
  const { routes = [] } = resourceJson({ typeUrl: typeUrl.virtualHost, bytes });
  return {
    route: place === undefined ? undefined : owner,
    rule: place?.rule ?? 0,
    match: place?.position ?? 0,
    policies: place === undefined ? [] : policies.of(owner, madeOf, place.rule),
    routes: routes as unknown as readonly RouteJson[],
  };
}

/** A fragment names all policies that shape the route; some are for another of its rules. Reads each object once. */
class PoliciesOfRules {
  readonly #controller: Controller;
  readonly #rows = new Map<ResourceKey, ReturnType<typeof rowShape>>();

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  of(route: ResourceKey, madeOf: readonly ResourceKey[], rule: number): string[] {
    const name = this.#row(route)?.spec?.rules?.[rule]?.name;
    return madeOf.filter((object) => object !== route && this.#isFor(object, route, name));
  }

  #isFor(policy: ResourceKey, route: ResourceKey, rule: string | undefined): boolean {
    const { targetRef, targetRefs = [] } = this.#row(policy)?.spec ?? {};
    const own = splitResourceKey(route);
    const named = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs].filter(
      ({ kind, name }) => kind === own.kind && name === own.name,
    );
    return named.length === 0 || named.some(({ sectionName = rule }) => sectionName === rule);
  }

  #row(key: ResourceKey): ReturnType<typeof rowShape> {
    if (!this.#rows.has(key)) this.#rows.set(key, rowShape(this.#controller, key));
    return this.#rows.get(key);
  }
}
