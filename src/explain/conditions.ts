import type { ObjectInForce } from './in-force.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  /** Parent, ancestor or listener that it is about; undefined: the object. */
  readonly about?: string;
}

/** Lists the conditions of an object; of a route or policy, for each of its parents. */
export function conditionsOf({ status, namespace }: ObjectInForce): Condition[] {
  const { conditions = [], parents = [], ancestors = [], listeners = [] } = (status ?? {}) as StatusShape;
  return [
    ...conditions,
    ...parents.flatMap((one) => about(parentName(one.parentRef, namespace), one.conditions)),
    ...ancestors.flatMap((one) => about(parentName(one.ancestorRef, namespace), one.conditions)),
    ...listeners.flatMap((one) => about(`listener ${one.name}`, one.conditions)),
  ];
}

/** Lists those that are not as one wants them. */
export function wrongConditions(object: ObjectInForce): Condition[] {
  return conditionsOf(object).filter(({ type, status, reason }) => {
    if (badIfTrue.has(type)) return status === 'True';
    // A Gateway without proxies is said elsewhere.
    const waitsForProxy = type === 'Programmed' && reason === 'Pending';
    return goodIfTrue.has(type) && status !== 'True' && !waitsForProxy;
  });
}

/** Says that the status is of an older generation of the object, or that there is none yet. */
export function lagOf(object: ObjectInForce): string | undefined {
  if (object.status === undefined) return undefined;
  const generations = conditionsOf(object).map(({ observedGeneration = 0 }) => observedGeneration);
  const newest = Math.max(0, ...generations);
  if (generations.length === 0 || newest >= object.generation) return undefined;
  return `what is in force is of its generation ${newest}; generation ${object.generation} is not translated yet`;
}

export function conditionText({ type, status, reason, message, about: of }: Condition): string {
  return `${type} is ${status} (${reason})${of === undefined ? '' : ` at ${of}`}: ${message}`;
}

interface StatusShape {
  readonly conditions?: readonly Condition[];
  readonly parents?: readonly { readonly parentRef: Reference; readonly conditions?: readonly Condition[] }[];
  readonly ancestors?: readonly {
    readonly ancestorRef: Reference;
    readonly conditions?: readonly Condition[];
  }[];
  readonly listeners?: readonly { readonly name: string; readonly conditions?: readonly Condition[] }[];
}

interface Reference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
}

function parentName({ kind = 'Gateway', namespace, name, sectionName }: Reference, own: string): string {
  return `${kind} ${namespace ?? own}/${name}${sectionName === undefined ? '' : `#${sectionName}`}`;
}

function about(of: string, conditions: readonly Condition[] = []): Condition[] {
  return conditions.map((condition) => ({ ...condition, about: of }));
}

const goodIfTrue: ReadonlySet<string> = new Set(['Accepted', 'ResolvedRefs', 'Programmed']);
const badIfTrue: ReadonlySet<string> = new Set([
  'Conflicted',
  'Overridden',
  'PartiallyInvalid',
  'Warning',
  'sluice.dev/HostnamesNotOwned',
]);
