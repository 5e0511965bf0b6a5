import { ByteBuffer } from 'flatbuffers';
import { must } from '../lib/assert.ts';
import type { Notice } from '../kinds/notice.ts';
import type { DerivedRow } from '../kinds/row.ts';
import type { IndexKey, ReadKey, ResourceKey, UnitName } from '../lib/key.ts';
import { DerivedRowEntry } from '../../proto/gen/batch/derived-row-entry.ts';
import { FragmentEntry } from '../../proto/gen/batch/fragment-entry.ts';
import { NameEntry } from '../../proto/gen/batch/name-entry.ts';
import { OutcomeEntry } from '../../proto/gen/batch/outcome-entry.ts';
import { ResourceEntry } from '../../proto/gen/batch/resource-entry.ts';
import { RouteEntry as EncodedRoute } from '../../proto/gen/batch/route-entry.ts';
import { RuleEntry } from '../../proto/gen/batch/rule-entry.ts';
import { Span } from '../../proto/gen/batch/span.ts';
import { TranslateResult } from '../../proto/gen/batch/translate-result.ts';
import {
  noOutput,
  type ResourceName,
  type RouteEntry,
  type RouteFragment,
  type RulePart,
  type UnitOutput,
  type XdsResource,
} from './outcome.ts';

/** Reads a result once, in order: each outcome says how many entries of the other vectors belong to it. */
export class ResultCursor {
  readonly #result: TranslateResult;
  readonly #text: Buffer;
  readonly #data: Uint8Array;
  readonly #reads: Uint32Array;
  readonly #entry = new OutcomeEntry();
  readonly #span = new Span();
  #read = 0;
  #need = 0;
  #resource = 0;
  #madeOf = 0;
  #name = 0;
  #fragment = 0;
  #routeEntry = 0;
  #ref = 0;
  #attachment = 0;
  #row = 0;
  #rule = 0;
  #lastRule = '';
  #lastObject = '' as ResourceKey;

  constructor(bytes: Uint8Array) {
    this.#result = TranslateResult.getRootAsTranslateResult(new ByteBuffer(bytes));
    const text = this.#result.textArray() ?? new Uint8Array(0);
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    this.#data = this.#result.dataArray() ?? new Uint8Array(0);
    this.#reads = this.#result.readsArray() ?? new Uint32Array(0);
  }

  /** Valid until the next call. */
  outcome(i: number): OutcomeEntry {
    return must(this.#result.outcomes(i, this.#entry), 'outcome of a unit');
  }

  reads(count: number): number[] {
    const first = this.#read;
    this.#read += count;
    return Array.from(this.#reads.subarray(first, this.#read));
  }

  needs(count: number): readonly ReadKey[] {
    return times(count, () => this.#textOf(this.#result.needs(this.#need++, this.#span)) as ReadKey);
  }

  message(entry: OutcomeEntry): string {
    return this.#textOf(entry.subject(this.#span));
  }

  output(entry: OutcomeEntry): UnitOutput {
    const object = this.#textOf(entry.subject(this.#span)) as ResourceKey;
    const status = this.#textOf(entry.status(this.#span));
    const notices = this.#textOf(entry.notices(this.#span));
    return {
      resources: times(entry.resources(), () => this.#nextResource()),
      fragments: times(entry.fragments(), () => this.#nextFragment()),
      refs: times(entry.refs(), () => this.#textOf(this.#result.refs(this.#ref++, this.#span)) as UnitName),
      attachments: times(entry.attachments(), () =>
        intern(this.#textOf(this.#result.attachments(this.#attachment++, this.#span))),
      ),
      rows: times(entry.rows(), () => this.#nextRow()),
      rules: times(entry.rules(), () => this.#nextRule()),
      report: object === '' ? undefined : { object, status: internStatus(status) },
      notices: notices === '' ? noOutput.notices : (JSON.parse(notices) as Notice[]),
    };
  }

  #nextResource(): XdsResource {
    const entry = must(this.#result.resources(this.#resource++, resourceEntry), 'resource');
    const resource = {
      typeUrl: intern(this.#textOf(entry.typeUrl(this.#span))),
      name: this.#textOf(entry.name(this.#span)),
      version: this.#textOf(entry.version(this.#span)),
      bytes: this.#bytesOf(entry.value(this.#span)),
      madeOf: this.#nextMadeOf(entry.madeOf()),
      names: times(entry.names(), () => this.#nextName()),
    };
    const blob = this.#textOf(entry.blob(this.#span));
    return blob === '' ? resource : { ...resource, blob };
  }

  #nextName(): ResourceName {
    const entry = must(this.#result.names(this.#name++, nameEntry), 'name');
    return {
      typeUrl: intern(this.#textOf(entry.typeUrl(this.#span))),
      name: this.#textOf(entry.name(this.#span)),
    };
  }

  #nextFragment(): RouteFragment {
    const entry = must(this.#result.fragments(this.#fragment++, fragmentEntry), 'fragment');
    return {
      routeConfiguration: intern(this.#textOf(entry.routeConfiguration(this.#span))),
      domain: this.#textOf(entry.domain(this.#span)),
      owner: this.#object(entry.owner(this.#span)),
      version: this.#textOf(entry.version(this.#span)),
      entries: times(entry.entries(), () => this.#nextRoute()),
      madeOf: this.#nextMadeOf(entry.madeOf()),
    };
  }

  #nextRow(): DerivedRow {
    const entry = must(this.#result.rows(this.#row++, rowEntry), 'derived row');
    return {
      key: this.#textOf(entry.key(this.#span)) as ResourceKey,
      bytes: this.#bytesOf(entry.value(this.#span)),
      indexes: lines(this.#textOf(entry.indexes(this.#span))) as readonly IndexKey[],
      follow: lines(this.#textOf(entry.follow(this.#span))) as readonly ReadKey[],
      units: lines(this.#textOf(entry.units(this.#span))) as readonly UnitName[],
    };
  }

  #nextRoute(): RouteEntry {
    const entry = must(this.#result.routeEntries(this.#routeEntry++, encodedRoute), 'route');
    const rule = this.#textOf(entry.rule(this.#span));
    if (rule !== this.#lastRule) this.#lastRule = rule;
    return {
      order: this.#textOf(entry.order(this.#span)),
      rule: this.#lastRule,
      bytes: this.#bytesOf(entry.value(this.#span)),
    };
  }

  #nextRule(): RulePart {
    const entry = must(this.#result.rules(this.#rule++, ruleEntry), 'rule');
    return {
      rule: this.#textOf(entry.rule(this.#span)),
      refs: lines(this.#textOf(entry.refs(this.#span))) as readonly UnitName[],
      absent: lines(this.#textOf(entry.absent(this.#span))) as readonly ResourceKey[],
    };
  }

  #nextMadeOf(count: number): readonly ResourceKey[] {
    return times(count, () => this.#object(this.#result.madeOf(this.#madeOf++, this.#span)));
  }

  /** Mostly repeats the object before, so that one string is kept. */
  #object(span: Span | null): ResourceKey {
    const object = this.#textOf(span) as ResourceKey;
    if (object !== this.#lastObject) this.#lastObject = object;
    return this.#lastObject;
  }

  #textOf(span: Span | null): string {
    const { offset, length } = at(span);
    return this.#text.toString('utf8', offset, offset + length);
  }

  #bytesOf(span: Span | null): Uint8Array {
    const { offset, length } = at(span);
    return this.#data.slice(offset, offset + length);
  }
}

const resourceEntry = new ResourceEntry();
const nameEntry = new NameEntry();
const fragmentEntry = new FragmentEntry();
const encodedRoute = new EncodedRoute();
const rowEntry = new DerivedRowEntry();
const ruleEntry = new RuleEntry();

function lines(text: string): readonly string[] {
  return text === '' ? none : text.split('\n');
}

function at(span: Span | null): { offset: number; length: number } {
  const present = must(span, 'span');
  return { offset: present.offset(), length: present.length() };
}

/** Shares one empty array and leaves no spare room in the others: outputs are kept by the thousand. */
function times<T>(count: number, next: () => T): readonly T[] {
  return count === 0 ? none : Array.from({ length: count }, next);
}

const none: readonly never[] = Object.freeze([]);

/** Returns one string for equal texts, as far as it is among the last `limit`. */
function interning(limit: number): (text: string) => string {
  const interned = new Map<string, string>();
  return (text) => {
    const known = interned.get(text);
    if (known !== undefined) return known;
    if (interned.size >= limit) interned.clear();
    interned.set(text, text);
    return text;
  };
}

const intern = interning(256);
const internStatus = interning(16);
