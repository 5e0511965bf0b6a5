import type { ObjectStatus } from '../run/objects.ts';
import { askAll, listWith } from './ask.ts';
import { columns, plain } from './columns.ts';
import type { Surroundings } from './command.ts';
import { isMeant, judge, type JudgedObject } from './object-status.ts';
import type { Output, Place } from './place.ts';
import { print } from './print.ts';

export interface ShowStatusOptions extends Place {
  readonly object: string | undefined;
  readonly wrong: boolean;
  readonly output: Output;
}

/** `sluice status [OBJECT]`: resolves to the exit code. */
export async function showStatus(
  { object, wrong, output, ...place }: ShowStatusOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { terminal } = surroundings;
  const answers = await askAll(
    'status',
    place,
    '/debug/objects',
    listWith<ObjectStatus>('kind', 'metadata'),
    surroundings,
  );
  if (answers === undefined) return 2;
  const all = merged(answers.map(({ value }) => value.map(judge)));
  const meant = object === undefined ? all : all.filter((one) => isMeant(one, object));
  if (object !== undefined && meant.length === 0) {
    terminal.err(`sluice: status: Sluice reports on no object ${JSON.stringify(object)}`);
    return 2;
  }
  const shown = wrong ? meant.filter(({ state }) => state !== 'ok') : meant;
  const text = (): string =>
    shown.length === 0 ? `all ${meant.length} objects are as wanted\n` : tableOf(shown);
  await print(shown, output, text, terminal);
  return 0;
}

/** Replicas translate the same; one that is behind, or whose proxies reject something, knows less good of an object. */
function merged(replicas: readonly (readonly JudgedObject[])[]): readonly JudgedObject[] {
  const found = new Map<string, JudgedObject>();
  for (const one of replicas.flat()) {
    const id = `${one.kind} ${one.namespace} ${one.name}`;
    const before = found.get(id);
    if (before === undefined || rank[one.state] > rank[before.state]) found.set(id, one);
  }
  return [...found.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const rank = { ok: 0, waiting: 1, wrong: 2 } as const;

function nameOf({ kind, namespace, name }: JudgedObject): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function tableOf(objects: readonly JudgedObject[]): string {
  return columns([
    ['OBJECT', 'STATE', 'WHY'],
    ...objects.flatMap((one) => {
      const [first = '', ...more] = one.why.map(plain);
      return [[plain(nameOf(one)), one.state, first], ...more.map((why) => ['', '', why])];
    }),
  ]);
}
