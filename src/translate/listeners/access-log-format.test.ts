import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessLogFormatProblem } from './access-log-format.ts';

test.each([
  '',
  'plain text\n',
  '100%% of %PROTOCOL%',
  '[%START_TIME(%Y-%m-%dT%H:%M:%S%z)%] %START_TIME% %REQ(X-A?:PATH):10% %RESPONSE_CODE_DETAILS%',
  '%DYNAMIC_METADATA(com.example:key):5%%%%DURATION%',
])('%j is a format', (format) => {
  expect(accessLogFormatProblem(format)).toBeUndefined();
});

test.each([
  ['100%', 'a "%" must begin a command such as %PROTOCOL%; write "%%" for a percent sign'],
  ['% PROTOCOL%', 'a "%" must begin a command such as %PROTOCOL%; write "%%" for a percent sign'],
  ['%PROTOCOL% %REQ(X', 'a "%" must begin a command such as %PROTOCOL%; write "%%" for a percent sign'],
  ['%PROTOKOL%', '%PROTOKOL% is no command of Envoy'],
  ['%CONSTRUCTOR%', '%CONSTRUCTOR% is no command of Envoy'],
  ['%PROTOCOL(x)%', '%PROTOCOL% takes no argument'],
  ['%REQ%', '%REQ% needs an argument'],
  ['%PROTOCOL:9%', '%PROTOCOL% takes no length'],
])('%j is none: %s', (format, problem) => {
  expect(accessLogFormatProblem(format)).toBe(problem);
});

test('any text is judged, and quickly', () => {
  fc.assert(fc.property(fc.string(), (text) => void accessLogFormatProblem(text)));
  expect(accessLogFormatProblem('%A('.repeat(50_000))).toBeDefined();
  expect(accessLogFormatProblem('%REQ(x)%'.repeat(50_000))).toBeUndefined();
});
