import { conditionsOf, wrongConditions, type Condition } from './conditions.ts';
import type { InForce, ObjectInForce, PlaceInForce, ProxyHas, ResourceId } from './in-force.ts';
import { objectName, reasonsOf } from './reasons.ts';

/** Tells what an object has become. */
export interface ObjectExplanation {
  /** `Kind/namespace/name`. */
  readonly object: string;
  /** One line. */
  readonly answer: string;
  readonly generation: number;
  readonly targets: readonly string[];
  readonly listeners: ObjectInForce['listeners'];
  readonly conditions: readonly Condition[];
  /** Reasons, in full sentences. */
  readonly why: readonly string[];
  readonly places: readonly PlaceAnswer[];
}

/** Part of an object at one Gateway. */
export interface PlaceAnswer {
  readonly gateway: string;
  /** Hostnames of a route, or clusters of a Service. */
  readonly names: readonly string[];
  /** Matches of a route that are served. */
  readonly matches: number;
  readonly proxies: readonly ProxyHas[];
}

/** `object`: `Kind/namespace/name`. Undefined: Sluice knows no such object, or does not report on its kind. */
export async function explainObject(
  inForce: InForce,
  object: string,
): Promise<ObjectExplanation | undefined> {
  const [found] = await inForce.objects([object]);
  if (found === undefined) return undefined;
  const places = await placesOf(inForce, found, object);
  const { generation, targets, listeners } = found;
  const conditions = conditionsOf(found);
  const answer = answerOf(found, places, conditions);
  return { object, answer, generation, targets, listeners, conditions, why: reasonsOf(found), places };
}

async function placesOf(inForce: InForce, found: ObjectInForce, object: string): Promise<PlaceAnswer[]> {
  if (found.kind === 'Gateway') return gatewayPlace(inForce, found);
  const byGateway = new Map<string, PlaceInForce[]>();
  for (const of of await placedObjects(inForce, found, object))
    for (const place of await inForce.placesOf(of))
      byGateway.set(place.gateway, [...(byGateway.get(place.gateway) ?? []), place]);
  const answers: PlaceAnswer[] = [];
  for (const [gateway, places] of byGateway) {
    const resources = unique(places.map(({ resource }) => resource));
    const names = places.map(({ domain, resource }) => (domain === '' ? resource.name : domain));
    answers.push({
      gateway,
      names: [...new Set(names)].sort(),
      matches: places.reduce((sum, { entries }) => sum + entries, 0),
      proxies: await inForce.proxies(gateway, resources.slice(0, maxResources)),
    });
  }
  return answers;
}

/** A policy is where its targets are. */
async function placedObjects(inForce: InForce, found: ObjectInForce, object: string): Promise<string[]> {
  if (!found.kind.endsWith('Policy')) return [object];
  const targets = new Set(found.targets.map((target) => target.split('#')[0] ?? ''));
  return (await inForce.objects([...targets])).filter(({ kind }) => kind !== 'Gateway').map(objectName);
}

async function gatewayPlace(
  inForce: InForce,
  { namespace, name, listeners }: ObjectInForce,
): Promise<PlaceAnswer[]> {
  const gateway = `${namespace}/${name}`;
  const ports = [...new Set(listeners.map(({ port }) => port))];
  const served = await inForce.listeners(
    gateway,
    ports.map((port) => `${gateway}/${port}`),
  );
  const names = served.map((listener) => listener.name);
  if (names.length === 0) return [];
  const proxies = await inForce.proxies(
    gateway,
    names.map((one) => ({ type: 'listeners', name: one })),
  );
  return [{ gateway, names, matches: 0, proxies }];
}

function answerOf(
  found: ObjectInForce,
  places: readonly PlaceAnswer[],
  conditions: readonly Condition[],
): string {
  const { kind } = found;
  const [wrong] = wrongConditions(found);
  const isPlaced = kind === 'HTTPRoute' || kind === 'GRPCRoute' || kind === 'Service' || kind === 'Backend';
  const but = wrong === undefined ? '' : `, but ${wrong.type} is ${wrong.status} (${wrong.reason})`;
  if (kind === 'Gateway')
    return places.length === 0
      ? `serves nothing${but}`
      : `serves ${counted(places[0]?.names.length ?? 0, 'port')}${but}`;
  if (places.length > 0)
    return `in force at ${places.map((place) => placeText(kind, place)).join('; ')}${but}`;
  if (wrong !== undefined)
    return `not in force as it is written: ${wrong.type} is ${wrong.status} (${wrong.reason})`;
  if (isPlaced)
    return kind === 'Service' || kind === 'Backend'
      ? 'no route that is served uses it'
      : 'not in force at any Gateway';
  return conditions.length === 0 ? 'Sluice does not report on it' : 'accepted';
}

function placeText(kind: string, { gateway, names, matches }: PlaceAnswer): string {
  if (kind === 'Service' || kind === 'Backend')
    return `Gateway ${gateway} in ${counted(names.length, 'cluster')}`;
  return `Gateway ${gateway} for ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} (${counted(matches, 'match', 'matches')})`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function unique(resources: readonly ResourceId[]): ResourceId[] {
  return [...new Map(resources.map((resource) => [`${resource.type}/${resource.name}`, resource])).values()];
}

/** Resources that proxies are asked for: a route may have thousands of hostnames. */
const maxResources = 40;
