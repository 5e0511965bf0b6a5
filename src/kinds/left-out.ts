import { z } from 'zod';
import { record } from './identity.ts';
import { fieldPathSegments } from './shape/field-path.ts';
import { unknownFields } from './unknown-fields.ts';

/** Bound of the paths of one object: its row and its conditions stay small. */
const maxPaths = 16;

/**
 * Adds `leftOut` to a schema of objects: paths of the given fields of `spec` that it does not read, so that a condition
 * names them. Absent when all are read, as nearly always. Costs a walk through the object.
 */
export function namingLeftOut<Shape extends { readonly spec: z.ZodType }>(schema: z.ZodObject<Shape>) {
  const { spec } = schema.shape;
  return z.preprocess(
    (given) => {
      const object = record(given);
      if (object === undefined) return given;
      const paths = unknownFields(spec, object['spec']).filter(
        (path) => !changesNothing(fieldAt(object['spec'], path)),
      );
      const leftOut = paths.slice(0, maxPaths).map((path) => `spec.${path}`);
      return { ...object, leftOut: leftOut.length === 0 ? undefined : leftOut };
    },
    schema.extend({ leftOut: z.array(z.string()).optional() }),
  );
}

/** Returns true for a switch that is off, a scope of nothing, and a list or map without items. */
function changesNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === false || value === 'None' || value === '';
}

function fieldAt(value: unknown, path: string): unknown {
  return fieldPathSegments(path).reduce<unknown>(
    (part, name) => (part as Record<string | number, unknown>)[name],
    value,
  );
}
