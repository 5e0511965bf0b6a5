/** An object of a status that others may have written: anything may be missing, or be something else. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns the object of a JSON text; a value that is none counts as empty. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The objects of a list; what is no list counts as an empty one. */
export function asObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
