import { join } from 'node:path';
import { expect, test } from 'vitest';
import { featurePages, unexplained } from '../../docs/features.ts';
import { readConformanceReport } from '../rig/kube/conformance-report.ts';
import { root } from './pages.ts';

test.each(featurePages())(
  '$file is of the report and of the claimed features: node docs/features.ts',
  ({ written, wanted }) => {
    expect(written).toBe(wanted);
  },
);

test('a feature is claimed, or has a reason', () => {
  expect(unexplained()).toEqual([]);
});

test('no test of the report failed or was skipped, in five profiles', () => {
  const { profiles } = readConformanceReport(join(root, 'test/conformance/report.yaml'));
  const counts = profiles.flatMap(({ name, core, extended }) =>
    [core, extended].map((tests) => [name, tests?.statistics.Failed, tests?.statistics.Skipped]),
  );
  expect(counts).toEqual(
    ['GRPC', 'HTTP', 'TCP', 'TLS', 'UDP'].flatMap((name) => {
      const none = [`GATEWAY-${name}`, 0, 0];
      return [none, none];
    }),
  );
});
