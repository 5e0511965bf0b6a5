import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { converge } from '../rig/envoy/converge.ts';
import { startBed } from './bed-process.ts';
import { Cluster } from './cluster.ts';
import { conditionOf } from './condition.ts';
import { gatewayApi } from './test-namespace.ts';
import { ensureSluice } from './sluice.ts';

/**
 * `npm run test:conformance`: the official Gateway API suite against the installed chart, with every feature that the
 * GatewayClass claims. Calls itself again inside the bed, with `SLUICE_BED_FOLDER` set. Arguments go to the suite.
 */
process.exitCode = process.env['SLUICE_BED_FOLDER'] === undefined ? await outside() : await inside();

async function outside(): Promise<number> {
  const bed = await startBed('conformance');
  if (bed === undefined) return 1;
  const code = await bed.exec([process.execPath, import.meta.filename, ...process.argv.slice(2)]);
  await bed.close();
  return code;
}

async function inside(): Promise<number> {
  const cluster = new Cluster();
  // HTTPRoute `retry`, which is claimed, exists in the experimental channel alone.
  await ensureSluice(cluster, 'experimental');
  const ref = { apiVersion: gatewayApi, kind: 'GatewayClass', metadata: { name: 'sluice' } };
  const features = await converge(async () => {
    const gatewayClass = await cluster.kube.get(ref);
    if (gatewayClass === undefined || conditionOf(gatewayClass, 'Accepted')?.status !== 'True') return false;
    return ((gatewayClass.status?.['supportedFeatures'] ?? []) as { name: string }[]).map(({ name }) => name);
  });
  await cluster.close();
  say(`GatewayClass sluice claims ${features.length} features: ${features.join(' ')}`);
  const args = process.argv.slice(2);
  const report = join(cluster.folder, 'report.yaml');
  const output = join(cluster.folder, 'logs', 'suite.log');
  // Asked for a single test, the suite no longer reads the features from the GatewayClass.
  const claimed = args.some((arg) => arg.includes('run-test'))
    ? [`-supported-features=${features.join(',')}`]
    : [];
  const suite = spawn(
    join(process.env['BED_BIN'] ?? '', 'conformance.test'),
    [...flags(report), ...claimed, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const log = createWriteStream(output);
  suite.stderr.pipe(log, { end: false });
  for await (const line of createInterface(suite.stdout)) {
    log.write(`${line}\n`);
    const [, outcome = '', name = '', seconds = ''] =
      /^ {4}--- (PASS|FAIL): TestConformance\/(\S+) \((\S+)\)/.exec(line) ?? [];
    if (outcome !== '') say(`  ${outcome === 'PASS' ? 'passed' : 'FAILED'} ${name} ${seconds}`);
  }
  if (suite.exitCode === null) await once(suite, 'close');
  if (!existsSync(report)) {
    say(`the suite did not end: see ${output}`);
    return 1;
  }
  return summary(report, output) && suite.exitCode === 0 ? 0 : 1;
}

function flags(report: string): string[] {
  return [
    '-test.v',
    '-test.timeout=25m',
    '-gateway-class=sluice',
    '-conformance-profiles=GATEWAY-HTTP',
    '-cleanup-base-resources=false',
    `-report-output=${report}`,
    '-organization=sluice',
    '-project=sluice',
    '-url=https://sluice.dev',
    '-version=main',
    '-contact=https://sluice.dev',
  ];
}

/** Returns true when nothing failed and nothing was skipped. */
function summary(report: string, output: string): boolean {
  const { profiles } = parse(readFileSync(report, 'utf8')) as Report;
  const sum = { Passed: 0, Failed: 0, Skipped: 0 };
  for (const { name, ...levels } of profiles) {
    for (const level of ['core', 'extended'] as const) {
      const { Passed = 0, Failed = 0, Skipped = 0 } = levels[level]?.statistics ?? {};
      say(`${name} ${level}: ${Passed} passed, ${Failed} failed, ${Skipped} skipped`);
      sum.Passed += Passed;
      sum.Failed += Failed;
      sum.Skipped += Skipped;
    }
  }
  say(`report: ${report}\nlog: ${output}`);
  say(`conformance: ${sum.Passed} passed, ${sum.Failed} failed, ${sum.Skipped} skipped`);
  return sum.Passed > 0 && sum.Failed === 0 && sum.Skipped === 0;
}

interface Report {
  readonly profiles: readonly ({ readonly name: string } & {
    readonly [level in 'core' | 'extended']?: { readonly statistics?: Readonly<Record<string, number>> };
  })[];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
