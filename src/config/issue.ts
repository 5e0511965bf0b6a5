import type { z } from 'zod';
import { nearest } from '../lib/nearest.ts';
import { configOptions, isSection } from './options.ts';

export type Path = readonly PropertyKey[];

export interface Issue {
  readonly path: Path;
  readonly message: string;
}

export function issueMessage(issue: z.core.$ZodIssue): Issue[] {
  const { path } = issue;
  const got = ` (got ${shown(issue.input)})`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownOption(path, key) }));
    case 'invalid_type':
      if (issue.input === undefined) return [{ path, message: 'is required' }];
      return [{ path, message: `must be ${typeWords.get(issue.expected) ?? issue.expected}${got}` }];
    case 'too_small':
      if (issue.origin === 'string') return [{ path, message: 'must not be empty' }];
      return [{ path, message: `must be >= ${issue.minimum}${got}` }];
    case 'too_big':
      return [{ path, message: `must be <= ${issue.maximum}${got}` }];
    case 'invalid_value':
      return [{ path, message: `must be ${listed(issue.values)}${got}` }];
    case 'invalid_union':
      return unionMessage(issue);
    case 'not_multiple_of':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return [{ path, message: `${issue.message}${got}` }];
  }
}

const typeWords = new Map<string, string>([
  ['int', 'an integer'],
  ['number', 'a number'],
  ['string', 'a text'],
  ['boolean', 'true or false'],
  ['object', 'a section'],
]);

/** Takes the shape with the right outer type, which the user most likely meant. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): Issue[] {
  const { path } = issue;
  if ('options' in issue && Array.isArray(issue.options)) {
    const value = isSection(issue.input) ? issue.input[String(path.at(-1))] : undefined;
    const message =
      value === undefined ? 'is required' : `must be ${listed(issue.options)} (got ${shown(value)})`;
    return [{ path, message }];
  }
  const meant = issue.errors.find((errors) => errors.every((error) => error.path.length > 0));
  if (meant !== undefined) {
    return meant
      .flatMap(issueMessage)
      .map((inner) => ({ path: [...path, ...inner.path], message: inner.message }));
  }
  const shapes = issue.errors.flatMap((errors) =>
    errors.map((error) => (error.code === 'invalid_value' ? listed(error.values) : 'a section')),
  );
  return [{ path, message: `must be ${listed([...new Set(shapes)])} (got ${shown(issue.input)})` }];
}

function unknownOption(section: Path, key: string): string {
  const prefix = section.length === 0 ? '' : `${section.join('.')}.`;
  const names = new Set<string>();
  for (const option of configOptions()) {
    const [name] = option.path.startsWith(prefix) ? option.path.slice(prefix.length).split('.') : [];
    if (name !== undefined) names.add(name);
  }
  const meant = nearest(key, names) ?? configOptions().find(({ path }) => path.endsWith(`.${key}`))?.path;
  return `is no option${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function listed(values: readonly unknown[]): string {
  return values.map(String).join(' or ');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
