import type { z } from 'zod';
import type { Scope } from './identity.ts';
import { parseJsonRow, type Links } from './json-row.ts';
import type { ParsedRow } from './row.ts';
import type { StatusDef } from './status-def.ts';
import type { ObjectName, UnitPlace } from '../units/unit-def.ts';

/** The part that a kind plays: `support` kinds are named by objects of other roles, as backends are by routes. */
export type Role = 'gateway' | 'route' | 'policy' | 'backend' | 'support';

/** Everything about a kind that does not depend on its rows. A kind's id is `group/kind`. */
export interface KindFacts {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Reports are written in the first. */
  readonly versions: readonly [string, ...string[]];
  /** The name in paths and in RBAC rules. */
  readonly plural: string;
  readonly scope: Scope;
  readonly role: Role;
  /** The part of the status that Sluice writes, for which it has the verb `patch`; undefined: none. */
  readonly status?: StatusDef;
  /** Place of the unit that has an object's kind and name, where it does more than to report on the object. */
  readonly unit?: UnitPlace<ObjectName>;
  /** Leaves at the API server what translation would not read; undefined: everything is wanted. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** A kind that Sluice follows. */
export interface KindDef extends KindFacts {
  /** Takes the object as the API gives it, with or without `apiVersion` and `kind`. Never throws. */
  readonly parse: (manifest: unknown) => ParsedRow;
  /** The same, but without the scripts of plugins, for where no proxy runs any; undefined: it has none. */
  readonly parseWithoutScripts?: ((manifest: unknown) => ParsedRow) | undefined;
}

/** A kind whose rows are JSON of what its schema makes of an object. */
export interface JsonKind<Row> extends KindDef {
  readonly schema: z.ZodType<Row>;
}

/**
 * `links` must follow from the row and its name alone; see {@link Links}. `withoutScripts` takes the scripts out of a row that
 * has some.
 */
export function jsonKind<const Facts extends KindFacts, Row>(
  facts: Facts,
  schema: z.ZodType<Row>,
  links?: (row: Row, namespace: string, name: string) => Links,
  withoutScripts?: (row: Row) => Row,
): Facts & JsonKind<Row> {
  const { kind, scope } = facts;
  const parserOf =
    (of: z.ZodType<Row>) =>
    (manifest: unknown): ParsedRow =>
      parseJsonRow({ kind, scope, schema: of, links }, manifest);
  return {
    ...facts,
    schema,
    parse: parserOf(schema),
    parseWithoutScripts: withoutScripts && parserOf(schema.transform(withoutScripts)),
  };
}
