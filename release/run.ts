import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { buildImage, packageChart } from './artifacts.ts';
import { root } from './lock-file.ts';
import { problemsOfPackages } from './package-problems.ts';
import { provenance } from './provenance.ts';
import { sbom } from './sbom.ts';

/**
 * `npm run release -- --base sha256:… --builder URI [--image sha256:…] [--out DIR] [-- ARGUMENT...]`: builds the image of
 * this commit with `buildah build ARGUMENT...`, packages the chart, and writes the bill of materials and the provenance
 * of both. With `--image` the image was built elsewhere, by `docker build --build-arg NODE_DIGEST=@sha256:…`. Writes
 * nothing when the work tree is not the commit, versions differ or a package is not pinned.
 */
const { values, positionals: more } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: 'string' },
    image: { type: 'string' },
    builder: { type: 'string' },
    out: { type: 'string', default: '.cache/release' },
  },
});
const { base, builder, out } = values;
const { version, optionalDependencies } = JSON.parse(text('package.json')) as {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
const chart = parse(text('charts/sluice/Chart.yaml')) as { readonly appVersion: string };
const problems = [
  ...(git('status', '--porcelain') === '' ? [] : ['the work tree is not as it was committed']),
  ...(chart.appVersion === version ? [] : [`the chart is for ${chart.appVersion}, and this is ${version}`]),
  ...problemsOfPackages(),
];
if (base === undefined || builder === undefined)
  problems.push('--base and --builder are needed: the digest of the base image, and who builds');

if (base === undefined || builder === undefined || problems.length > 0) {
  for (const problem of problems) process.stderr.write(`release: ${problem}\n`);
  process.exitCode = 1;
} else {
  const folder = resolve(root, out);
  const node = Object.values(optionalDependencies)[0] ?? '';
  const commit = git('rev-parse', 'HEAD');
  mkdirSync(folder, { recursive: true });
  const date = git('show', '--no-patch', '--format=%ct', 'HEAD');
  const image = values.image ?? buildImage({ version, commit, date, base, folder, more });
  const chartFile = packageChart(version, folder);
  write(join(folder, 'sbom.cdx.json'), sbom(git('show', '--no-patch', '--format=%cI', 'HEAD')));
  const statement = provenance({
    version,
    commit,
    lockFile: sha256(readFileSync(join(root, 'package-lock.json'))),
    image,
    chart: { name: basename(chartFile), digest: `sha256:${sha256(readFileSync(chartFile))}` },
    baseImage: { name: `node:${node}-slim`, digest: base },
    builder,
  });
  write(join(folder, 'provenance.json'), statement);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function git(...args: readonly string[]): string {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();
}

function write(file: string, content: object): void {
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
