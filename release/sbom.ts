import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lockedPackages, root } from './lock-file.ts';

export interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { readonly name: string }; readonly [field: string]: unknown };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [field: string]: unknown;
}

/**
 * Lists the packages in the image by npm's own command, as CycloneDX. Removes packages outside of the image itself:
 * npm's `--omit=dev` also removes what tools share with it, such as zod and yaml. Replaces npm's random serial number,
 * time and name, so that a commit always gives the same text.
 */
export function sbom(date: string): Sbom {
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm sbom: ${stderr}`);
  const made = JSON.parse(stdout) as Sbom;
  const { metadata } = made;
  const runtime = new Set(
    lockedPackages().flatMap(({ name, version, isRuntime }) => (isRuntime ? [`${name}@${version}`] : [])),
  );
  const components = made.components.filter(({ name, version }) => runtime.has(`${name}@${version}`));
  const refs = new Set(components.map((component) => component['bom-ref']));
  const named = {
    ...made,
    metadata: { ...metadata, timestamp: date, component: { ...metadata.component, name: 'sluice' } },
    components,
    dependencies: made.dependencies.flatMap(({ ref, dependsOn }) =>
      refs.has(ref) || ref.startsWith('sluice@')
        ? [{ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }]
        : [],
    ),
  };
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...named, serialNumber: '' }))
    .digest('hex');
  return { ...named, serialNumber: `urn:uuid:${uuidOf(hash)}` };
}

/** RFC 9562, version 8: custom content. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
