import { z } from 'zod';
import { must } from '../lib/assert.ts';
import { configSchema, type Config } from './config.ts';

export interface ConfigOption {
  readonly path: string;
  /** Type and bounds in words, such as `integer, 1 to 128`. */
  readonly type: string;
  /** Undefined: required where its section is present. An object: an empty list or map. */
  readonly byDefault: Scalar | object | undefined;
  readonly help: string;
  readonly live: boolean;
}

export function configJsonSchema(): object {
  return { title: 'Sluice config file', ...z.toJSONSchema(configSchema, { io: 'input', override: tidy }) };
}

export function configOptions(): readonly ConfigOption[] {
  if (all.length === 0) collect(configJsonSchema(), '', all);
  return all;
}

/** Read once: each unknown option of a file is compared with all of them. */
const all: ConfigOption[] = [];

export interface RestartChange {
  readonly path: string;
  readonly running: unknown;
  readonly wanted: unknown;
}

/** Splits a new config into the values that apply now and those that need a restart. */
export function splitByLiveness(
  running: Config,
  wanted: Config,
): { readonly apply: Config; readonly waiting: readonly RestartChange[] } {
  const apply: unknown = structuredClone(wanted);
  const waiting: RestartChange[] = [];
  // A section with several shapes, such as `xds.tls` and `provider`, is compared as a whole.
  const paths = new Set(configOptions().flatMap(({ path, live }) => (live ? [] : [wholeOf(path)])));
  for (const path of paths) {
    const before = get(running, path);
    const after = get(wanted, path);
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    waiting.push({ path, running: before, wanted: after });
    set(apply, path, before);
  }
  return { apply: configSchema.parse(apply), waiting };
}

export function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Scalar = string | number | boolean;

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: Scalar | object;
  readonly live?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly const?: Scalar;
  readonly enum?: readonly Scalar[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
}

function collect(node: Node, path: string, found: ConfigOption[]): void {
  const shapes = node.anyOf ?? node.oneOf ?? [node];
  if (path !== '' && node.description !== undefined && node.oneOf === undefined) {
    found.push({
      path,
      type: shapes.map(typeText).join(' or '),
      byDefault: node.default,
      help: node.description,
      live: node.live === true,
    });
  }
  for (const shape of shapes) {
    for (const [name, child] of Object.entries(shape.properties ?? {})) {
      collect(child, path === '' ? name : `${path}.${name}`, found);
    }
  }
}

function typeText(node: Node): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (node.type === 'object') return node.properties === undefined ? 'map' : 'section';
  if (node.type === 'array') return 'list';
  const { minimum, maximum } = node;
  return minimum === undefined || maximum === undefined
    ? (node.type ?? 'any')
    : `${node.type}, ${minimum} to ${maximum}`;
}

function wholeOf(path: string): string {
  if (path.startsWith('provider.')) return 'provider';
  return path.startsWith('xds.tls.') ? 'xds.tls' : path;
}

function get(config: unknown, path: string): unknown {
  let value = config;
  for (const name of path.split('.')) value = isSection(value) ? value[name] : undefined;
  return value;
}

/** `path` comes from the table, never from a user. */
function set(config: unknown, path: string, value: unknown): void {
  const names = path.split('.');
  const last = must(names.pop(), 'name of an option');
  const section = names.length === 0 ? config : get(config, names.join('.'));
  if (isSection(section)) section[last] = value;
}

/** Removes a section's default, which its options state already. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const byDefault = jsonSchema.default;
  if (jsonSchema.properties !== undefined && isSection(byDefault) && Object.keys(byDefault).length === 0)
    delete jsonSchema.default;
}
