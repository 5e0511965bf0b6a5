import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { root } from './lock-file.ts';
import { problemsOfPackages } from './package-problems.ts';
import { provenance } from './provenance.ts';
import { sbom } from './sbom.ts';

/**
 * `npm run release -- --base sha256:… --image sha256:… --builder URI [--out DIR]`: writes the bill of materials and the
 * provenance of an image of this commit, built with `docker build --build-arg NODE_DIGEST=@sha256:…`. Writes nothing
 * when the work tree is not the commit, versions differ or a package is not pinned.
 */
const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    image: { type: 'string' },
    builder: { type: 'string' },
    out: { type: 'string', default: '.cache/release' },
  },
});
const { base, image, builder, out } = values;
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
if (base === undefined || image === undefined || builder === undefined)
  problems.push('--base, --image and --builder are needed: the digests of both images, and who built it');

if (problems.length > 0) {
  for (const problem of problems) process.stderr.write(`release: ${problem}\n`);
  process.exitCode = 1;
} else {
  const folder = resolve(root, out);
  const node = Object.values(optionalDependencies)[0] ?? '';
  mkdirSync(folder, { recursive: true });
  write(join(folder, 'sbom.cdx.json'), sbom(git('show', '--no-patch', '--format=%cI', 'HEAD')));
  const statement = provenance({
    version,
    commit: git('rev-parse', 'HEAD'),
    lockFile: createHash('sha256').update(text('package-lock.json')).digest('hex'),
    image: image ?? '',
    baseImage: { name: `node:${node}-slim`, digest: base ?? '' },
    builder: builder ?? '',
  });
  write(join(folder, 'provenance.json'), statement);
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
