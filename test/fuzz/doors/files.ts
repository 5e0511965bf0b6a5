import { systemClock } from '../../../src/lib/clock.ts';
import { parseManifests, type Manifests } from '../../../src/file/parse-manifests.ts';
import { formatFileProblem } from '../../../src/file/file-problem.ts';
import { textDoor } from '../door.ts';
import { exampleObjects } from './examples.ts';

const yaml = [
  'apiVersion: v1\nkind: Service\nmetadata: &m\n  name: app\nspec:\n  ports:\n    - port: 80\n---\n',
  'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n- {}\n',
  '# nothing\n---\n...\n%YAML 1.1\n---\na: [1, {b: "c\\u0041"}, |\n  x\n]\n',
  'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b, <<: {}]\n',
];
const words = [
  '---\n',
  '...\n',
  '\n- ',
  '\n  ',
  ': ',
  'kind: List\n',
  'apiVersion: v1\n',
  'items:\n',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '|\n',
  '>-\n',
  '"',
  "'",
  '{',
  '[',
  '# ',
  '? ',
  '- ',
  '{? ',
  '[{a: ',
  '\t',
  '\r\n',
];

/** A cached parse must equal a fresh one. */
export const fileDoors = (['yaml', 'json'] as const).map((format) =>
  textDoor({
    name: `file ${format}`,
    seeds: [
      ...(format === 'yaml' ? yaml : []),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: exampleObjects.slice(0, 4) }),
      JSON.stringify(exampleObjects[2], null, 2),
    ],
    words:
      format === 'yaml' ? words : ['{"', '":', '[', ']', '}', ',', 'null', '"kind":"List"', '\\u0000', '1e9'],
    run: async (text) => {
      const first = await parseManifests(text, format, new Map(), systemClock);
      const again = await parseManifests(text, format, first.documents, systemClock);
      if (textOf(first) !== textOf(again)) throw new Error('a document that is known is read as another');
      return textOf(first);
    },
  }),
);

function textOf({ objects, problems, isWhole }: Manifests): string {
  const rows = objects.map(({ row, position }) => [row.key, row.bytes.join(), position]);
  const lines = problems.map((problem) => formatFileProblem({ ...problem, file: 'a.yaml' }));
  if (lines.some((line) => line.includes('\n'))) throw new Error('a problem of more than one line');
  return JSON.stringify([rows, lines, isWhole]);
}
