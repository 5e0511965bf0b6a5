import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The parts of a report of the official suite that are read here: https://gateway-api.sigs.k8s.io/geps/gep-1709/ */
export interface ConformanceReport {
  readonly date: string;
  readonly gatewayAPIChannel: string;
  readonly gatewayAPIVersion: string;
  readonly implementation: { readonly version: string };
  readonly profiles: readonly ProfileReport[];
  readonly succeededProvisionalTests?: readonly string[];
}

export interface ProfileReport {
  readonly name: string;
  readonly core: Tests;
  /** Absent when no feature beyond the core is claimed. */
  readonly extended?: Tests & {
    readonly supportedFeatures?: readonly string[];
    readonly unsupportedFeatures?: readonly string[];
  };
}

interface Tests {
  readonly statistics: { readonly Passed: number; readonly Failed: number; readonly Skipped: number };
  readonly failedTests?: readonly string[];
  readonly skippedTests?: readonly string[];
}

/** Returns a report with its profiles by name: the suite writes them in any order. */
export function readConformanceReport(file: string): ConformanceReport {
  const report = parse(readFileSync(file, 'utf8')) as ConformanceReport;
  return { ...report, profiles: report.profiles.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
