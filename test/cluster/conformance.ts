import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { converge } from '../rig/envoy/converge.ts';
import { readConformanceReport } from '../rig/kube/conformance-report.ts';
import { startBed } from './bed-process.ts';
import { Cluster } from './cluster.ts';
import { conditionOf } from './condition.ts';
import { suiteOptions } from './conformance/options.ts';
import { runSuite } from './conformance/run-suite.ts';
import { suiteFlags, usableAddress } from './conformance/suite-flags.ts';
import { counts, summary } from './conformance/summary.ts';
import { ensureSluice } from './sluice.ts';
import { gatewayApi } from './test-namespace.ts';

/**
 * `npm run test:conformance`: the official Gateway API suite against the installed chart, with every feature that the
 * GatewayClass claims. Calls itself again inside the bed, with `SLUICE_BED_FOLDER` set.
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
  const { crds, report: copy, isPart, flags } = suiteOptions(process.argv.slice(2));
  const cluster = new Cluster();
  await ensureSluice(
    cluster,
    crds,
    `config.provider.kubernetes.infrastructure.externalIPs={${usableAddress}}`,
  );
  const features = await claimedFeatures(cluster);
  await cluster.close();
  say(`GatewayClass sluice claims ${features.length} features: ${features.join(' ')}`);
  const report = join(cluster.folder, 'report.yaml');
  const output = join(cluster.folder, 'logs', 'suite.log');
  // Asked for a single test, the suite does not read the features of the GatewayClass.
  const claimed = isPart ? [`-supported-features=${features.join(',')}`] : [];
  const { log, code } = await runSuite([...suiteFlags(report, crds), ...claimed, ...flags], output, say);
  if (!existsSync(report)) {
    say(`the suite did not end: see ${output}`);
    return 1;
  }
  if (copy !== undefined) copyFileSync(report, copy);
  say(`report: ${report}\nlog: ${output}`);
  for (const line of isPart ? [counts(log)] : summary(readConformanceReport(report), log)) say(line);
  const isComplete = isPart || log.skipped.length === 0;
  return code === 0 && log.passed.length > 0 && log.failed.length === 0 && isComplete ? 0 : 1;
}

async function claimedFeatures({ kube }: Cluster): Promise<readonly string[]> {
  const ref = { apiVersion: gatewayApi, kind: 'GatewayClass', metadata: { name: 'sluice' } };
  return await converge(async () => {
    const gatewayClass = await kube.get(ref);
    if (gatewayClass === undefined || conditionOf(gatewayClass, 'Accepted')?.status !== 'True') return false;
    return ((gatewayClass.status?.['supportedFeatures'] ?? []) as { name: string }[]).map(({ name }) => name);
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
