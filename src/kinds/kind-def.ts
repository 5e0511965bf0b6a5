import type { z } from 'zod';
import type { Scope } from './identity.ts';
import { parseJsonRow, type Links } from './json-row.ts';
import type { ParsedRow } from './row.ts';
import type { StatusDef } from './status-def.ts';
import type { ObjectName, UnitPlace } from '../units/unit-def.ts';

/**
 * Part that a kind plays: objects of other roles name `support` kinds, as routes name backends. A `release` says what is
 * installed, and nothing waits for it.
 */
export type Role = 'gateway' | 'route' | 'policy' | 'backend' | 'support' | 'release';

export interface KindFacts {
  readonly group: string;
  readonly kind: string;
  /** Reports are written in the first. */
  readonly versions: readonly [string, ...string[]];
  /** Name in paths and in RBAC rules. */
  readonly plural: string;
  readonly scope: Scope;
  readonly role: Role;
  /** Part of the status that Sluice writes, with the verb `patch`; undefined: none. */
  readonly status?: StatusDef;
  /** Place of the object's own unit, when it does more than report on the object. */
  readonly unit?: UnitPlace<ObjectName>;
  /** Leaves at the API server what translation would not read; undefined: all objects are followed. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface KindDef extends KindFacts {
  /** Takes the object as the API gives it, with or without `apiVersion` and `kind`. Never throws. */
  readonly parse: (manifest: unknown) => ParsedRow;
  /** Parses without the scripts of plugins, for config in which no proxy runs them; undefined: the kind has none. */
  readonly parseWithoutScripts?: ((manifest: unknown) => ParsedRow) | undefined;
}

export interface JsonKind<Row> extends KindDef {
  readonly schema: z.ZodType<Row>;
}

/** `links` must follow from the row and its name alone; see {@link Links}. `withoutScripts` removes the scripts of a row. */
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
