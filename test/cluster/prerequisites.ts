import { spawnSync, type SpawnSyncOptions } from 'node:child_process';
import { join } from 'node:path';
import { suiteEnvironment, suiteFolder } from '../rig/kube/gateway-crds.ts';

/** Missing programs and settings, one line each with the fix; empty when none. */
export function missingPrerequisites(): readonly string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux') return ['the cluster bed runs on Linux alone'];
  if (process.getuid?.() !== 0)
    missing.push('root: the bed makes network namespaces; run the command with sudo');
  const go = /go(\d+)\.(\d+)/.exec(output('go', ['env', 'GOVERSION']));
  const [, major = 0, minor = 0] = (go ?? []).map(Number);
  if (go === null) missing.push('Go 1.26 or later, on PATH: install it from go.dev');
  else if (major === 1 && minor < 26)
    missing.push(`Go 1.26 or later: this is ${go[0]}; install it from go.dev`);
  else if (output('go', ['version'], { cwd: suiteFolder, env: suiteEnvironment }) === '')
    missing.push(
      `the Go of ${join(suiteFolder, 'go.mod')}: "GOTOOLCHAIN=auto go version" in that folder says why it is not there`,
    );
  for (const [program, debianPackage] of programs) {
    if (spawnSync('which', [program], { stdio: 'ignore' }).status !== 0) {
      missing.push(`${program}: apt-get install ${debianPackage}`);
    }
  }
  return missing;
}

const programs = [
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['sysctl', 'procps'],
  ['pgrep', 'procps'],
  ['openssl', 'openssl'],
  ['curl', 'curl'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
] as const;

function output(program: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  return spawnSync(program, args, { ...options, encoding: 'utf8' }).stdout ?? '';
}
