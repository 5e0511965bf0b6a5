import { expect, test } from 'vitest';
import { celProblem } from './cel-problem.ts';
import { accepted, rejected } from '../../../test/rig/envoy/cel-expressions.ts';

test.each(accepted)('%s is an expression', (expression) => {
  expect(celProblem(expression)).toBeUndefined();
});

test.each(rejected)('%s is none', (expression) => {
  expect(celProblem(expression)).toBeTypeOf('string');
});

test.each(['(', '[', '{1:', '-', '!', 'a?b:', 'a['])('a long row of %s ends at once', (part) => {
  expect(celProblem(part.repeat(500))).toBeTypeOf('string');
});
