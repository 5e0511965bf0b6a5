import type { UnitOutput } from '../batch/outcome.ts';
import { assert } from '../lib/assert.ts';
import { splitResourceKey } from '../lib/key.ts';
import type { Unit } from '../units/unit-def.ts';
import type { Reader } from './reader.ts';
import { translations, type Translation } from './translations.ts';

/**
 * Translates one unit: no I/O, no clock, no state but memos keyed by content, and the same output for the same rows. A
 * user's mistake is a condition or an answer of 500, never an exception. The reader may throw to end the unit.
 */
export function translateUnit(unit: Unit, reader: Reader): UnitOutput {
  const { kind, ...name } = unit.kind === 'Object' ? splitResourceKey(unit.object) : unit;
  assert(Object.hasOwn(translations, kind), `translation of ${kind}`);
  const translate = translations[kind as keyof typeof translations] as Translation<object>;
  return translate(unit.kind === 'Object' ? name : unit, reader);
}
