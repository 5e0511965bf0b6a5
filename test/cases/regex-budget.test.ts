import { expect, test } from 'vitest';
import { maxRegexCharacters } from '../../src/kinds/gateway-api/regex-budget.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

/** Expensive to compile: each class is hundreds of ranges. */
const dear = '(?i)\\p{L}'.repeat(400).slice(0, 3600);
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

function matchOf(i: number, value: string): object {
  const headers = [{ name: 'x-name', value, type: 'RegularExpression' }];
  return { path: { type: 'PathPrefix', value: `/${i}` }, headers };
}

const rule = (...matches: readonly object[]): object => ({ matches, backendRefs: [m.backend()] });

test('expressions beyond the budget of their route are not compiled, and their rule says so', async () => {
  const count = Math.ceil(maxRegexCharacters / dear.length) + 6;
  const matches = Array.from({ length: count }, (_, i) =>
    matchOf(i, dear.replace('L', i % 2 === 0 ? 'L' : 'N')),
  );
  const greedy = m.httpRoute([...matches.map((match) => rule(match)), rule(m.prefix('/plain'))], {
    name: 'greedy',
    hostnames: ['greedy.test'],
  });
  const pipeline = await Pipeline.started([
    ...base,
    greedy,
    m.httpRoute([rule(m.prefix('/'))], { name: 'other' }),
  ]);
  const client = await pipeline.connected();
  const table = JSON.stringify(client.routes('default/web/80:*'));
  const fitting = Math.floor(maxRegexCharacters / dear.length);
  for (let i = 0; i < count; i++) expect(table.includes(`"/${i}"`), `rule ${i}`).toBe(i < fitting);
  expect(table).toContain('"/plain"');
  expect(pipeline.routeConditions('greedy')['Accepted']).toMatchObject({
    status: 'False',
    reason: 'UnsupportedValue',
    observedGeneration: 5,
    message: expect.stringContaining(`spec.rules[${fitting}].matches[0]: the regular expressions`) as string,
  });
});

test('a match beyond the budget leaves the others of its rule', async () => {
  const matches = [
    m.prefix('/first'),
    ...Array.from({ length: 5 }, (_, i) => matchOf(i, dear)),
    m.prefix('/last'),
  ];
  const pipeline = await Pipeline.started([...base, m.httpRoute([rule(...matches)])]);
  const client = await pipeline.connected();
  const table = JSON.stringify(client.routes('default/web/80:*'));
  expect(['/first', '/0', '/3', '/4', '/last'].map((path) => table.includes(`"${path}"`))).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
  // The whole rule is closed, as its owner may have meant to keep something out.
  expect(table).toContain('"status":500');
});
