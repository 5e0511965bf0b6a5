import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { splitDocuments } from './split-documents.ts';

test('a stream is cut at its markers, and each document knows the lines before it', () => {
  const stream = '# notes\n---\na: 1\n--- # more\nb: 2\n...\n# end\n--- {c: 3}\n';
  expect([...splitDocuments(stream)]).toEqual([
    { text: '---\na: 1\n', linesBefore: 1 },
    { text: '--- # more\nb: 2\n', linesBefore: 3 },
    { text: '--- {c: 3}\n', linesBefore: 7 },
  ]);
});

test('a stream without markers is one document', () => {
  expect([...splitDocuments('a: 1\nb: 2')]).toEqual([{ text: 'a: 1\nb: 2', linesBefore: 0 }]);
});

test('comments, directives and empty documents hold nothing', () => {
  expect([...splitDocuments('%YAML 1.2\n---\n# nothing\n---\n\n---\r\n...\n')]).toEqual([]);
});

test('dashes that are no marker stay: indented, in a word, at the end of a line', () => {
  const stream = 'a: |\n  ---\n  text\n---x: 1\nb: ---\n----\n';
  expect([...splitDocuments(stream)]).toHaveLength(1);
});

const line = fc.constantFrom(
  '---',
  '--- ',
  '...',
  '  ---',
  'a: 1',
  '- b',
  'c: |',
  '  text',
  '# d',
  '',
  'e: "f',
  'g"',
);

test('a stream is cut where the YAML parser cuts it', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const stream = lines.join('\n');
      const all = [...parseAllDocuments(stream)];
      // Where the parser finds an error, only the error counts.
      fc.pre(all.every(({ errors }) => errors.length === 0));
      const wanted = all.map((document) => document.toJS() as unknown).filter((value) => value !== null);
      const found = [...splitDocuments(stream)].map(({ text }) => parseDocument(text).toJS() as unknown);
      expect(found.filter((value) => value !== null)).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});
