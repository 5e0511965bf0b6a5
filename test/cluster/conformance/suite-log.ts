/** Outcomes of the suite's tests, by its log. Its report leaves out tests whose features no single profile has. */
export class SuiteLog {
  readonly passed: string[] = [];
  readonly failed: string[] = [];
  /** Tests of a mesh are left out. */
  readonly skipped: string[] = [];
  /** Skipped tests, by the first of their features that the GatewayClass does not claim. */
  readonly unclaimed = new Map<string, string[]>();
  readonly #mesh = new Set<string>();

  /** Returns a line for the terminal when a test has passed or failed. */
  add(line: string): string | undefined {
    const [, name = '', feature = ''] = /Skipping (\S+): suite does not support (\S+)/.exec(line) ?? [];
    if (feature.startsWith('Mesh')) this.#mesh.add(name);
    else if (feature !== '') this.unclaimed.set(feature, [...(this.unclaimed.get(feature) ?? []), name]);
    const [, outcome, test = '', seconds = ''] =
      /^ {4}--- (PASS|FAIL|SKIP): TestConformance\/(\S+) \((\S+)\)/.exec(line) ?? [];
    if (outcome === 'SKIP' && !this.#mesh.has(test)) this.skipped.push(test);
    if (outcome === 'PASS') this.passed.push(test);
    if (outcome === 'FAIL') this.failed.push(test);
    if (outcome === undefined || outcome === 'SKIP') return undefined;
    return `  ${outcome === 'PASS' ? 'passed' : 'FAILED'} ${test} ${seconds}`;
  }
}
