import { decodeRow } from '../../kinds/decode.ts';
import { kindOf } from '../../kinds/followed-kinds.ts';
import type { ObjectInForce } from '../../explain/in-force.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Controller } from '../controller.ts';

/** Returns what the public may know of an object; undefined for one that does not exist, and for any that holds secrets. */
export function objectInForce(controller: Controller, key: ResourceKey): ObjectInForce | undefined {
  const { kind, namespace, name } = splitResourceKey(key);
  if (kindOf(kind)?.status === undefined && kind !== 'Service') return undefined;
  const row = rowShape(controller, key);
  if (row === undefined) return undefined;
  const { metadata, spec } = row;
  return {
    kind,
    namespace,
    name,
    generation: metadata?.generation ?? 0,
    status: controller.status(key),
    targets: targetsOf(row, namespace),
    hostnames: spec?.hostnames ?? [],
    listeners: (spec?.listeners ?? []).map(({ name: of, port, protocol, hostname }) => ({
      name: of,
      port,
      protocol,
      hostname: hostname ?? '*',
    })),
  };
}

/** Fields of rows that explanations show. Each kind has some of them. */
interface RowShape {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: {
    readonly parentRefs?: readonly Reference[];
    readonly targetRef?: Reference;
    readonly targetRefs?: readonly Reference[];
    readonly hostnames?: readonly string[];
    readonly listeners?: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: string;
      readonly hostname?: string;
    }[];
    readonly rules?: readonly { readonly name?: string }[];
  };
}

interface Reference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
}

export function rowShape(controller: Controller, key: ResourceKey): RowShape | undefined {
  const { kind } = splitResourceKey(key);
  const bytes = controller.row(key);
  const def = kindOf(kind);
  if (bytes === undefined || def === undefined) return undefined;
  return decodeRow(def.kind as 'HTTPRoute', bytes) as RowShape;
}

/** Returns `Kind/namespace/name`, with `#section` behind where one is named. */
function targetsOf({ spec = {} }: RowShape, own: string): string[] {
  const { parentRefs = [], targetRef, targetRefs = [] } = spec;
  const all = [...parentRefs, ...(targetRef === undefined ? [] : [targetRef]), ...targetRefs];
  return all.map(({ kind, namespace = own, name, sectionName }) => {
    const object = `${kind}/${namespace}/${name}`;
    return sectionName === undefined ? object : `${object}#${sectionName}`;
  });
}
