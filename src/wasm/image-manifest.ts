import { record } from '../kinds/identity.ts';

export interface ModuleLayer {
  readonly digest: string;
  /** In bytes, as the manifest claims. */
  readonly size: number;
}

export type ImageManifest =
  | { readonly kind: 'index'; readonly digest: string }
  | { readonly kind: 'layer'; readonly layer: ModuleLayer }
  | { readonly kind: 'none'; readonly problem: string };

export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/**
 * Reads a manifest in any published layout: an artifact with the module as a layer
 * (https://github.com/solo-io/wasm/blob/master/spec/spec.md,
 * https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/), or a container image with an archive as its
 * last layer (https://github.com/solo-io/wasm/blob/master/spec/spec-compat.md). Never throws.
 */
export function readManifest(text: string): ImageManifest {
  const manifest = parse(text);
  if (manifest === undefined) return none('its manifest is no JSON object');
  if (Array.isArray(manifest['manifests'])) return readIndex(manifest['manifests']);
  const layers: unknown = manifest['layers'];
  if (!Array.isArray(layers)) return none('its manifest has no layers');
  const found = layers.slice(0, maxLayers).map(descriptor);
  const own = found.find((layer) => layer !== undefined && moduleLayers.has(layer.mediaType));
  const last = found.length === layers.length ? found.at(-1) : undefined;
  const layer = own ?? (last !== undefined && archiveLayers.has(last.mediaType) ? last : undefined);
  return layer === undefined
    ? none('no layer of it is a WASM module, nor is its last one an archive that could hold one')
    : { kind: 'layer', layer: { digest: layer.digest, size: layer.size } };
}

const moduleLayers = new Set([
  'application/vnd.module.wasm.content.layer.v1+wasm',
  'application/vnd.wasm.content.layer.v1+wasm',
  'application/wasm',
]);

const archiveLayers = new Set([
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
]);

/** Images of modules have two; container runtimes accept at most 127. */
const maxLayers = 127;

/** Modules run on any machine, so this takes the platform for WASM, the only one, or the usual one. */
function readIndex(manifests: readonly unknown[]): ImageManifest {
  const images = manifests
    .slice(0, maxLayers)
    .map((each) => ({ descriptor: descriptor(each), platform: record(record(each)?.['platform']) }))
    // Build tools put attestations among the images.
    .filter(({ platform }) => platform?.['os'] !== 'unknown');
  const chosen =
    images.find(({ platform }) => String(platform?.['architecture']).startsWith('wasm')) ??
    (images.length === 1 ? images[0] : undefined) ??
    images.find(({ platform }) => platform?.['os'] === 'linux' && platform['architecture'] === 'amd64');
  const digest = chosen?.descriptor?.digest;
  return digest === undefined ? none('its index names no image for WASM') : { kind: 'index', digest };
}

function descriptor(
  value: unknown,
): { readonly mediaType: string; readonly digest: string; readonly size: number } | undefined {
  const found = record(value);
  const mediaType = found?.['mediaType'];
  const digest = found?.['digest'];
  const size = found?.['size'];
  if (typeof mediaType !== 'string' || typeof digest !== 'string') return undefined;
  if (typeof size !== 'number' || !(size >= 0)) return undefined;
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return hex === undefined ? undefined : { mediaType, digest: hex, size };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function none(problem: string): ImageManifest {
  return { kind: 'none', problem };
}
