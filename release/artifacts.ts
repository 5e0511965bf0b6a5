import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lock-file.ts';

interface ImageInputs {
  readonly version: string;
  readonly commit: string;
  /** Date of the commit, in seconds: files and layers have no other. */
  readonly date: string;
  /** Digest of the base image. */
  readonly base: string;
  readonly folder: string;
  /** More arguments of `buildah build`, such as for a proxy. */
  readonly more: readonly string[];
}

/** Builds the image by the Dockerfile into an archive, without a daemon, and returns its digest. */
export function buildImage({ version, commit, date, base, folder, more }: ImageInputs): string {
  const name = `sluice/sluice:${version}`;
  const digestFile = join(folder, 'image.digest');
  const args = [`NODE_DIGEST=@${base}`, `VERSION=${version}`, `REVISION=${commit}`];
  const built = args.flatMap((arg) => ['--build-arg', arg]);
  run('buildah', ['build', '--format', 'oci', '--timestamp', date, ...built, ...more, '--tag', name, '.']);
  const archive = `oci-archive:${join(folder, `sluice-${version}.oci.tar`)}:${name}`;
  run('buildah', ['push', '--digestfile', digestFile, name, archive]);
  return readFileSync(digestFile, 'utf8').trim();
}

/** Packages the chart, and returns the file. */
export function packageChart(version: string, folder: string): string {
  run(process.env['HELM'] ?? 'helm', ['package', 'charts/sluice', '--destination', folder]);
  return join(folder, `sluice-${version}.tgz`);
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw new Error(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}`);
}
