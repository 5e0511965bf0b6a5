import type { LoadSecond } from './rollout-load.ts';
import { quietSeconds } from './rollout-play.ts';

export interface ChartRun {
  readonly controlPlane: string;
  readonly registry: string;
  readonly sent: number;
  readonly failed: number;
  readonly replacedSeconds: number;
  readonly failures: readonly (readonly [string, number])[];
  readonly seconds: readonly LoadSecond[];
}

/** Good answers a second: a panel for each registry state, a line for each control plane. */
export function drawn(runs: readonly ChartRun[]): string {
  const registries = [...new Set(runs.map(({ registry }) => registry))];
  const panels = registries.map((registry, i) =>
    panel(
      i * panelWidth,
      registry,
      runs.filter((run) => run.registry === registry),
    ),
  );
  const width = registries.length * panelWidth;
  const label = runs.map((run) => `${names[run.controlPlane]}, ${titles[run.registry]}: ${verdict(run)}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="Good answers a second. ${label.join('. ')}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels.flat(),
    '</svg>',
    '',
  ].join('\n');
}

const panelWidth = 520;
const height = 330;
const plot = { left: 46, top: 84, width: 452, height: 190 };

const names: Readonly<Record<string, string>> = { sluice: 'Sluice', 'envoy-gateway': 'Envoy Gateway 1.9.0' };
const titles: Readonly<Record<string, string>> = {
  none: '100 pods restart',
  hung: '100 pods restart while a plugin’s registry hangs',
};
const colours: Readonly<Record<string, string>> = { sluice: '#1f6fd1', 'envoy-gateway': '#d9822b' };

function panel(x: number, registry: string, runs: readonly ChartRun[]): string[] {
  // The last entry has the answers that came after the load's end.
  const series = runs.map((run) => ({ run, good: run.seconds.slice(0, -1).map(({ good }) => good) }));
  const seconds = Math.max(...series.map(({ good }) => good.length));
  // A smoothed second can hold more answers than were sent in it.
  const top = Math.max(...series.flatMap(({ run }) => run.sent / (run.seconds.length - 1))) * 1.15;
  const atX = (second: number): number => x + plot.left + (plot.width * second) / seconds;
  const atY = (value: number): number => plot.top + plot.height * (1 - Math.min(value, top) / top);
  const lines = series.map(({ run, good }) => {
    const points = good.map((value, i) => `${atX(i + 1).toFixed(1)},${atY(value).toFixed(1)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${colours[run.controlPlane]}" stroke-width="2.5" stroke-linejoin="round"/>`;
  });
  return [
    text(x + plot.left, 24, titles[registry] ?? registry, '#16202b', 'font-size="15" font-weight="700"'),
    ...runs.map((run, i) =>
      text(
        x + plot.left,
        45 + 18 * i,
        `${names[run.controlPlane]}: ${verdict(run)}`,
        colours[run.controlPlane] ?? '',
        'font-size="13" font-weight="600"',
      ),
    ),
    ...[0, 100, 200, 300].map(
      (value) =>
        `<line x1="${x + plot.left}" x2="${x + plot.left + plot.width}" y1="${atY(value)}" y2="${atY(value)}" stroke="#e3e8ee"/>` +
        text(x + plot.left - 6, atY(value) + 4, String(value), '#6a7783', 'font-size="11" text-anchor="end"'),
    ),
    ...range(0, seconds, 15).map((second) =>
      text(
        atX(second),
        plot.top + plot.height + 16,
        `${second} s`,
        '#6a7783',
        'font-size="11" text-anchor="middle"',
      ),
    ),
    `<line x1="${atX(quietSeconds)}" x2="${atX(quietSeconds)}" y1="${plot.top}" y2="${plot.top + plot.height}" stroke="#9aa7b4" stroke-dasharray="3 3"/>`,
    text(atX(quietSeconds) + 4, plot.top + plot.height - 6, 'restart', '#6a7783', 'font-size="11"'),
    ...lines,
    text(
      x + plot.left,
      height - 12,
      'requests answered with 200, in each second',
      '#6a7783',
      'font-size="11"',
    ),
  ];
}

function verdict({ sent, failed }: ChartRun): string {
  return `${failed.toLocaleString('en')} of ${sent.toLocaleString('en')} requests failed`;
}

function text(x: number, y: number, content: string, fill: string, attributes: string): string {
  return `<text x="${x}" y="${y}" fill="${fill}" ${attributes}>${content}</text>`;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
