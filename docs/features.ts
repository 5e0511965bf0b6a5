import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { managedFeatures, supportedFeatures } from '../src/translate/gateways/gateway-class-report.ts';
import { readConformanceReport, type ConformanceReport } from '../test/rig/kube/conformance-report.ts';

const root = join(import.meta.dirname, '..');
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Texts of the page and of README, as they are and as the report and the GatewayClass give them. */
export function featurePages(): readonly {
  readonly file: string;
  readonly written: string;
  readonly wanted: string;
}[] {
  const report = readConformanceReport(join(root, 'test/conformance/report.yaml'));
  const readme = textOf('README.md');
  return [
    { file: 'docs/features.md', written: textOf('docs/features.md'), wanted: page(report) },
    { file: 'README.md', written: readme, wanted: readme.replace(section, () => block(report)) },
  ];
}

/** Returns features that are neither claimed nor explained, or both. */
export function unexplained(): readonly string[] {
  const report = readConformanceReport(join(root, 'test/conformance/report.yaml'));
  return allFeatures(report).filter((name) => claimed.has(name) === Object.hasOwn(unclaimed, name));
}

const claimed: ReadonlySet<string> = new Set([...supportedFeatures, ...managedFeatures]);

/** Reasons, which are also on objects that ask for the feature. */
const unclaimed: Readonly<Record<string, string>> = {};

const [begin, end] = ['<!-- features: begin -->', '<!-- features: end -->'];
const section = new RegExp(`${begin}[\\s\\S]*${end}`);

function block(report: ConformanceReport): string {
  return `${begin}\n\n${profileTable(report)}\n\n${end}`;
}

function profileTable({ profiles }: ConformanceReport): string {
  return [
    '| profile | core tests | extended tests | extended features |',
    '|---|---|---|---|',
    ...profiles.map(({ name, core, extended }) => {
      const { supportedFeatures: has = [], unsupportedFeatures: lacks = [] } = extended ?? {};
      const features = `${has.length} of ${has.length + lacks.length}`;
      return `| ${[name, passed(core), passed(extended), features].join(' | ')} |`;
    }),
  ].join('\n');
}

function passed(tests: ConformanceReport['profiles'][number]['core'] | undefined): string {
  const { Passed, Failed, Skipped } = tests?.statistics ?? { Passed: 0, Failed: 0, Skipped: 0 };
  return `${Passed} of ${Passed + Failed + Skipped}`;
}

function page(report: ConformanceReport): string {
  const { gatewayAPIVersion, gatewayAPIChannel, date } = report;
  return `# Features of Gateway API

Each feature by which the official suite of Gateway API tests, and what Sluice does about it.

Made by \`node docs/features.ts\` from [the report](../test/conformance/README.md) of the suite (${gatewayAPIVersion}, ${gatewayAPIChannel} channel,
${date.slice(0, 10)}) and from what the GatewayClass claims (\`src/translate/gateways/gateway-class-report.ts\`).

${profileTable(report)}

The suite counts a feature, and its tests, in every profile that has it. The profile of GRPCRoute has none of GRPCRoute's extended
features, so their tests are in no profile; they run all the same.

| feature | claimed | in profiles |
|---|---|---|
${allFeatures(report)
  .map((name) => `| \`${name}\` | ${claim(name)} | ${profilesOf(name, report)} |`)
  .join('\n')}
`;
}

function allFeatures({ profiles }: ConformanceReport): readonly string[] {
  const reported = profiles.flatMap(({ extended }) => [
    ...(extended?.supportedFeatures ?? []),
    ...(extended?.unsupportedFeatures ?? []),
  ]);
  return [...new Set([...claimed, ...reported])].sort();
}

function claim(name: string): string {
  if (managedFeatures.includes(name)) return 'where Sluice runs the proxies';
  return claimed.has(name) ? 'yes' : `no: ${unclaimed[name] ?? ''}`;
}

function profilesOf(name: string, { profiles }: ConformanceReport): string {
  if (/^(Gateway|ReferenceGrant|(HTTP|GRPC|TLS|TCP|UDP)Route)$/.test(name)) return 'core';
  const having = profiles.filter(({ extended }) => extended?.supportedFeatures?.includes(name));
  return having.map((profile) => profile.name.replace('GATEWAY-', '')).join(', ') || '–';
}

// `node docs/features.ts` writes the page and README again, after a run of the suite or a change of the claimed features.
if (import.meta.main) for (const { file, wanted } of featurePages()) writeFileSync(join(root, file), wanted);
