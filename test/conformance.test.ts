import { expect, test } from 'vitest';
import { suiteOptions } from './cluster/conformance/options.ts';
import { SuiteLog } from './cluster/conformance/suite-log.ts';

test('options of the command are taken out, and all others go to the suite', () => {
  const args = [
    '-run-test',
    'A',
    '--report=r.yaml',
    '--gateway-api',
    '1.6.3',
    '--channel=standard',
    '-debug',
  ];
  expect(suiteOptions(args)).toEqual({
    crds: { channel: 'standard', version: '1.6.3' },
    report: 'r.yaml',
    isPart: true,
    flags: ['-run-test', 'A', '-debug'],
  });
  expect(suiteOptions([])).toMatchObject({ crds: { channel: 'experimental' }, isPart: false });
  expect(() => suiteOptions(['--channel', 'beta'])).toThrow('--channel beta');
});

test('outcomes are of tests and not of their parts; a skipped test has its feature, and those of a mesh do not count', () => {
  const log = new SuiteLog();
  const lines = [
    '    --- PASS: TestConformance/A (0.10s)',
    '        --- FAIL: TestConformance/B/part (0.10s)',
    '    --- FAIL: TestConformance/B (2.00s)',
    '    conformance.go:59: Skipping C: suite does not support UDPRoute',
    '    --- SKIP: TestConformance/C (0.00s)',
    '    conformance.go:59: Skipping D: suite does not support MeshConsumerRoute',
    '    --- SKIP: TestConformance/D (0.00s)',
  ];
  expect(lines.flatMap((line) => log.add(line) ?? [])).toEqual(['  passed A 0.10s', '  FAILED B 2.00s']);
  const { passed, failed, skipped, unclaimed } = log;
  expect({ passed, failed, skipped }).toEqual({ passed: ['A'], failed: ['B'], skipped: ['C'] });
  expect([...unclaimed]).toEqual([['UDPRoute', ['C']]]);
});
