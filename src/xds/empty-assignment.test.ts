import { expect, test } from 'vitest';
import { loadAssignmentResource } from '../translate/envoy/endpoint.ts';
import { emptyAssignment } from './empty-assignment.ts';

test('an empty assignment is the one that translation gives for a Service without endpoints', () => {
  const name = 'default/app/80';
  const translated = loadAssignmentResource({ name, endpoints: [] });
  const { version, bytes } = emptyAssignment(name);
  expect(Buffer.from(bytes)).toEqual(Buffer.from(translated.bytes));
  expect(version).toBe(translated.version);
});
