import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { must } from '../../../src/lib/assert.ts';
import type { Ingress } from '../../rig/objects/odd-service.ts';
import { conditionOf } from '../condition.ts';
import { inParallel } from '../../rig/load/in-parallel.ts';
import type { KubeObject, Manifest } from '../../rig/kube/kube-client.ts';
import { gateway, httpRoute, toService } from '../manifests.ts';
import { gatewayApi, type TestNamespace } from '../test-namespace.ts';
import { addressFaults } from './address-faults.ts';
import {
  anyOddBackend,
  anyOddProxies,
  resolvedReason,
  type OddBackend,
  type OddProxies,
} from './odd-manifests.ts';

/** Gateways without proxies. Services before them and behind their routes are random; the cloud is played here. */
export class OddServicesFixture {
  readonly gateways: number;
  /** Number of Services by type. */
  readonly before = new Map<string, number>();
  behind = 0;
  /** Writes that the API server refused; they changed nothing. */
  refused = 0;
  readonly wrong: string[] = [];
  readonly #ns: TestNamespace;
  readonly #seed: number;
  #round = 0;
  #proxies: readonly OddProxies[] = [];
  readonly #reasons = new Map<string, string>();

  constructor(ns: TestNamespace, gateways: number, seed: number) {
    this.#ns = ns;
    this.gateways = gateways;
    this.#seed = seed;
  }

  get services(): number {
    return this.before.values().reduce((sum, count) => sum + count, 0);
  }

  get servicesPerRound(): number {
    return this.gateways * statesOfService;
  }

  /** Changes every Gateway's Service, and some routes' Services, and waits for the statuses. */
  async play(): Promise<void> {
    this.#round++;
    const ended = this.#proxies;
    const sample = { numRuns: this.gateways, seed: this.#seed * 1000 + this.#round };
    this.#proxies = fc.sample(anyOddProxies(statesOfService), sample);
    const backends = fc.sample(anyOddBackend(), sample);
    await inParallel(this.gateways, async (i) => {
      await this.#end(i, ended[i]);
      const proxy = envoyProxy(i, this.#round, this.#proxyOf(i));
      if (this.#round === 1) await this.#ns.create(proxy, gatewayOf(i), routeOf(i));
      else await this.#replaceSpec(proxy);
      if (this.#round === 1 || (i + this.#round) % roundsOfBackend === 0)
        await this.#replaceBackend(i, must(backends[i], 'a backend'));
    });
    await inParallel(this.gateways, async (i) => await this.#letGo(i, ended[i]));
    const services = await this.#services();
    for (let state = 0; state < statesOfService; state++) {
      await inParallel(this.gateways, async (i) => await this.#enter(services.get(nameOf(i)), i, state));
      for (const service of services.values()) this.#count(service);
      this.wrong.push(...(await settled(() => this.#wrong())));
    }
  }

  /** Makes changes without meaning for any status, for `ms`; returns their number. */
  async rest(ms: number): Promise<number> {
    const services = await this.#services();
    const end = performance.now() + ms;
    let events = 0;
    for (let n = 0; performance.now() < end; n++) {
      await inParallel(this.gateways, async (i) => {
        const service = must(services.get(nameOf(i)), 'a Service');
        const note = { metadata: { annotations: { 'example.com/note': String(n) } } };
        if (n % 3 === 0) await this.#ns.kube.merge(service, note);
        else if (n % 3 === 1) await this.#replaceDecoy(i, n);
        else if (service.spec?.['type'] === 'LoadBalancer') {
          const { ingress = [] } = this.#proxyOf(i).states.at(-1) ?? {};
          await this.#balance(service, n % 2 === 0 ? ingress : ingress.toReversed());
        } else return;
        events++;
      });
    }
    return events;
  }

  async #end(i: number, ended: OddProxies | undefined): Promise<void> {
    if (ended === undefined || ended.end === 'stays') return;
    const ref = this.#ref('v1', 'Service', serviceName(i, ended));
    if (ended.end === 'terminating')
      await this.#ns.kube.merge(ref, { metadata: { finalizers: ['example.com/odd'] } });
    await this.#ns.kube.delete(ref);
  }

  async #letGo(i: number, ended: OddProxies | undefined): Promise<void> {
    if (ended?.end !== 'terminating') return;
    const path = `${this.#path('services')}/${serviceName(i, ended)}`;
    // Sluice may have made another one of that name already.
    await this.#ns.kube.send('PATCH', path, { metadata: { finalizers: null } }, mergePatch);
  }

  async #replaceBackend(i: number, { spec, slice }: OddBackend): Promise<void> {
    const name = `app-${i}`;
    await this.#ns.kube.delete(this.#ref('v1', 'Service', name));
    const isTaken = await this.#create(name, {}, spec);
    this.behind += isTaken ? 1 : 0;
    this.#reasons.set(nameOf(i), isTaken ? resolvedReason(spec) : 'BackendNotFound');
    const labels = { 'kubernetes.io/service-name': name };
    const family = slice.addressType.toLowerCase();
    await this.#ns.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-${family}`, labels },
      ...slice,
    });
  }

  /** A second Service with the labels of the Gateway's own. */
  async #replaceDecoy(i: number, n: number): Promise<void> {
    const name = `decoy-${i}`;
    const [decoy] = fc.sample(anyOddBackend(), { numRuns: 1, seed: i + n });
    await this.#ns.kube.delete(this.#ref('v1', 'Service', name));
    await this.#create(name, labelsOf(i), must(decoy, 'a decoy').spec);
  }

  #count({ spec }: KubeObject): void {
    const type = spec?.['clusterIP'] === 'None' ? 'headless' : String(spec?.['type']);
    this.before.set(type, (this.before.get(type) ?? 0) + 1);
  }

  async #enter(service: KubeObject | undefined, i: number, state: number): Promise<void> {
    if (service === undefined) return;
    const { ingress, externalIPs } = must(this.#proxyOf(i).states[state], 'a state');
    const isBalancer = service.spec?.['type'] === 'LoadBalancer';
    if (isBalancer) await this.#balance(service, ingress);
    // Load balancers rarely, as they cost a request more.
    if (!isBalancer || i % statesOfService === state)
      await this.#ns.kube.merge(service, { spec: { externalIPs } });
  }

  /** Writes addresses as a cloud's controller does. */
  async #balance({ metadata }: KubeObject, ingress: readonly Ingress[]): Promise<void> {
    const path = `${this.#path('services')}/${metadata.name}/status`;
    const { status } = await this.#ns.kube.send(
      'PATCH',
      path,
      { status: { loadBalancer: { ingress } } },
      mergePatch,
    );
    if (status >= 300) this.refused++;
  }

  async #create(name: string, labels: object, spec: object): Promise<boolean> {
    const metadata = { name, labels };
    const object = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    const { status } = await this.#ns.kube.send('POST', this.#path('services'), object);
    if (status >= 300) this.refused++;
    return status < 300;
  }

  /** Services by Gateway; resolves when Sluice has made all of this round. */
  async #services(): Promise<ReadonlyMap<string, KubeObject>> {
    let found = new Map<string, KubeObject>();
    const missing = await settled(async () => {
      found = await this.#made();
      return Array.from({ length: this.gateways }, (_, i) => nameOf(i)).filter((name) => !found.has(name));
    });
    this.wrong.push(...missing.map((name) => `${name}: no Service as its EnvoyProxy has it`));
    return found;
  }

  async #made(): Promise<Map<string, KubeObject>> {
    const kind = { apiVersion: 'v1', kind: 'Service' };
    const all = await this.#ns.kube.list(kind, this.#ns.namespace, 'app.kubernetes.io/managed-by=sluice');
    const owned = all.filter(
      ({ metadata }) =>
        metadata.annotations?.[roundKey] === String(this.#round) && metadata.deletionTimestamp === undefined,
    );
    return new Map(owned.map((service) => [String(service.metadata.labels?.[gatewayLabel]), service]));
  }

  async #wrong(): Promise<string[]> {
    const { kube, namespace } = this.#ns;
    const services = await this.#made();
    const gateways = await kube.list({ apiVersion: gatewayApi, kind: 'Gateway' }, namespace);
    const routes = await kube.list({ apiVersion: gatewayApi, kind: 'HTTPRoute' }, namespace);
    return [
      ...gateways.flatMap((object) => addressFaults(object, services.get(object.metadata.name))),
      ...routes.flatMap((object) => {
        const reason = conditionOf(object, 'ResolvedRefs')?.reason;
        const wanted = this.#reasons.get(object.metadata.name);
        return reason === wanted ? [] : [`HTTPRoute ${object.metadata.name}: ${reason} and not ${wanted}`];
      }),
    ];
  }

  #proxyOf(i: number): OddProxies {
    return must(this.#proxies[i], 'proxies');
  }

  #ref(apiVersion: string, kind: string, name: string): Manifest {
    return { apiVersion, kind, metadata: { name, namespace: this.#ns.namespace } };
  }

  #path(resource: string): string {
    return `/api/v1/namespaces/${this.#ns.namespace}/${resource}`;
  }

  /** A JSON patch: a server-side apply costs the API server several times as much. */
  async #replaceSpec({ metadata, spec }: Manifest): Promise<void> {
    const group = `/apis/gateway.envoyproxy.io/v1alpha1/namespaces/${this.#ns.namespace}`;
    const patch = [{ op: 'replace', path: '/spec', value: spec }];
    const path = `${group}/envoyproxies/${metadata.name}`;
    const { status } = await this.#ns.kube.send('PATCH', path, patch, 'application/json-patch+json');
    if (status !== 200) throw new Error(`EnvoyProxy ${metadata.name}: ${status}`);
  }
}

/** Looks until the list is empty, or until the deadline; returns the rest. */
async function settled(look: () => Promise<string[]>): Promise<string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const wrong = await look();
    if (wrong.length === 0 || performance.now() > end) return wrong;
    await pause(lookEveryMs);
  }
}

/** Changes of a Service by others before it is replaced, which costs several times as much. */
const statesOfService = 4;

/** Rounds for each change of a backend: the story is about Gateways. */
const roundsOfBackend = 2;

const patienceMs = 30_000;
/** A look lists everything, which costs the API server as much as some writes. */
const lookEveryMs = 200;

const mergePatch = 'application/merge-patch+json';
const roundKey = 'example.com/round';
const gatewayLabel = 'gateway.networking.k8s.io/gateway-name';

function nameOf(i: number): string {
  return `gateway-${i}`;
}

function labelsOf(i: number): object {
  return {
    'gateway.networking.k8s.io/gateway-class-name': 'sluice',
    [gatewayLabel]: nameOf(i),
  };
}

function serviceName(i: number, { name }: OddProxies): string {
  return `${name}-${i}`;
}

function envoyProxy(i: number, round: number, proxies: OddProxies): Manifest {
  const annotations = { [roundKey]: String(round) };
  const envoyService = { ...proxies.envoyService, name: serviceName(i, proxies), annotations };
  const kubernetes = { envoyDeployment: { replicas: 0 }, envoyService };
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    metadata: { name: nameOf(i) },
    spec: { provider: { type: 'Kubernetes', kubernetes } },
  };
}

function gatewayOf(i: number): Manifest {
  const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: nameOf(i) };
  return gateway(undefined, { infrastructure: { parametersRef } }, nameOf(i));
}

function routeOf(i: number): Manifest {
  const route = httpRoute(nameOf(i), `${nameOf(i)}.test`, [toService(`app-${i}`)]);
  return { ...route, spec: { ...(route['spec'] as object), parentRefs: [{ name: nameOf(i) }] } };
}
