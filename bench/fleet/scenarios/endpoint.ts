import { quantiles } from '../../../test/rig/load/quantiles.ts';
import { eachAlone, editEndpoint } from '../edits.ts';
import type { Scenario } from '../scenario.ts';

export const endpoint: Scenario = {
  name: 'endpoint',
  question: 'the change of one endpoint, while nothing else changes',
  figures: {
    p50: { title: 'API server’s answer to the wire, p50', unit: 'ms' },
    p99: { title: 'the same, p99', unit: 'ms' },
    cpu: { title: 'CPU for each change, all threads', unit: 'ms' },
    bytes: { title: 'sent for each change', unit: 'kB' },
  },
  goals: [
    { title: 'endpoint change, quiet: p50', of: { kind: 'most', figure: 'p50', value: 1.5 } },
    { title: 'endpoint change, quiet: p99', of: { kind: 'most', figure: 'p99', value: 5 } },
    { title: 'endpoint change, quiet: CPU', of: { kind: 'most', figure: 'cpu', value: 1.5 } },
    { title: 'growth exponent of its p50', of: { kind: 'growth', figure: 'p50', value: 0.05 } },
    { title: 'growth exponent of its CPU', of: { kind: 'growth', figure: 'cpu', value: 0.05 } },
  ],
  objects: 'each',
  process: 'shared',
  async run(stage) {
    const { controlPlane, options } = stage;
    const { tap, arrivals } = await controlPlane.watched();
    let [cpu, bytes] = [0, 0];
    const latencies = await eachAlone(stage, () => editEndpoint(stage, arrivals), {
      begin: () => ([cpu, bytes] = [controlPlane.cpuMs, tap.bytes]),
    });
    stage.report('cpu', (controlPlane.cpuMs - cpu) / options.events);
    stage.report('bytes', (tap.bytes - bytes) / options.events / 1000);
    const { p50, p99 } = quantiles(latencies);
    stage.report('p50', p50);
    stage.report('p99', p99);
    stage.reportSeries('latencies', latencies);
    tap.close();
  },
};
