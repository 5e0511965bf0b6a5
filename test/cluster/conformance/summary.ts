import type { ConformanceReport } from '../../rig/kube/conformance-report.ts';
import type { SuiteLog } from './suite-log.ts';

/** Lines about each profile and about what did not run, and last the counts of all tests. */
export function summary(report: ConformanceReport, log: SuiteLog): readonly string[] {
  return [
    ...report.profiles.flatMap(({ name, ...levels }) =>
      (['core', 'extended'] as const).flatMap((level) => {
        const of = levels[level];
        if (of === undefined) return [];
        const { Passed, Failed, Skipped } = of.statistics;
        return [`${name} ${level}: ${Passed} passed, ${Failed} failed, ${Skipped} skipped`];
      }),
    ),
    `provisional: ${report.succeededProvisionalTests?.length ?? 0} passed`,
    ...unclaimed(report),
    ...[...log.unclaimed].map(([feature, tests]) => `  skipped for ${feature}: ${tests.join(' ')}`),
    counts(log),
  ];
}

export function counts({ passed, failed, skipped }: SuiteLog): string {
  return `conformance: ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

function unclaimed({ profiles }: ConformanceReport): readonly string[] {
  const features = new Set(profiles.flatMap(({ extended }) => extended?.unsupportedFeatures ?? []));
  return features.size === 0 ? [] : [`not claimed: ${[...features].sort().join(' ')}`];
}
