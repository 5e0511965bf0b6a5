import { isWithin, listedFields } from '../../docs/envoy-gateway-verdicts.ts';
import { fieldPath, fieldPathSegments } from '../../src/kinds/shape/field-path.ts';
import { withField } from './changed-field.ts';

const future = 'FromTheFuture';

export interface NewerObject {
  readonly path: string;
  readonly object: object;
}

/**
 * Objects as a newer Envoy Gateway may have them: each enum of the kind's CRD with a new value, and each map with a new field.
 */
export function newerObjects(kind: string, object: object): NewerObject[] {
  const fields = listedFields.filter((field) => field.kind === kind);
  const enums = fields.filter(({ values }) => values.length > 0).map(({ path }) => path);
  const maps = new Set(fields.flatMap(({ path }) => mapsAround(path)));
  return [
    ...enums.map((path) => newer(object, path, future)),
    ...[...maps].map((path) => newer(object, `${path}.fromTheFuture`, { is: true })),
  ];
}

/** Returns true for a status that names the field or one around it; without `isExact`, another field beside it will do. */
export function isNamed(path: string, status: string, isExact: boolean): boolean {
  const segments = fieldPathSegments(path);
  const around = segments.slice(1).map((_, i) => fieldPath(segments.slice(0, i + 2)));
  if (!isExact) return status.includes(around[0] ?? path);
  const words = status.replaceAll(String.raw`\"`, '"').split(/[ ,;]|: |":"|"[,}]/);
  return around.some((field) => words.includes(field));
}

/** Fields that are accepted whatever they hold, as Sluice works in no other way. */
const wholes = ['spec.mergeBackends'];

function mapsAround(path: string): string[] {
  const parts = path.split('.');
  const above = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('.'));
  return above.filter((map) => !map.includes('{}') && !wholes.some((whole) => isWithin(map, whole)));
}

function newer(object: object, path: string, value: unknown): NewerObject {
  const segments = path.split('.').flatMap((name): (string | number)[] => {
    if (name.endsWith('[]')) return [name.slice(0, -2), 0];
    return name.endsWith('{}') ? [name.slice(0, -2), 'a'] : [name];
  });
  const leaf = { path: segments, bad: [], beyond: [], around: [] };
  return { path: fieldPath(segments), object: withField(object, leaf, value) };
}
