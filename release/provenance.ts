/** Inputs and result of a release. Digests are `sha256:` and hex. */
export interface Release {
  readonly version: string;
  readonly commit: string;
  readonly lockFile: string;
  /** The built image, the packaged chart, and the image's base image. */
  readonly image: string;
  readonly chart: { readonly name: string; readonly digest: string };
  readonly baseImage: { readonly name: string; readonly digest: string };
  /** URI. */
  readonly builder: string;
}

/**
 * Returns a statement of the origin of an image and its chart, to be signed:
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md with https://slsa.dev/spec/v1.0/provenance.
 */
export function provenance({ version, commit, lockFile, image, chart, baseImage, builder }: Release): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'sluice/sluice', digest: { sha256: hexOf(image) } },
      { name: chart.name, digest: { sha256: hexOf(chart.digest) } },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://sluice.dev/build/dockerfile/v1',
        externalParameters: {
          version,
          dockerfile: 'Dockerfile',
          buildArgs: { NODE_DIGEST: `@${baseImage.digest}`, VERSION: version, REVISION: commit },
        },
        resolvedDependencies: [
          { name: 'sources', digest: { gitCommit: commit } },
          { name: 'package-lock.json', digest: { sha256: lockFile } },
          { name: baseImage.name, digest: { sha256: hexOf(baseImage.digest) } },
        ],
      },
      runDetails: { builder: { id: builder } },
    },
  };
}

/** Returns the digest without its algorithm; throws for another one. */
function hexOf(digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hex === undefined) throw new Error(`${digest} is no digest: sha256: and 64 hexadecimal digits`);
  return hex;
}
