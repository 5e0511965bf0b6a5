import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar } from './tar.ts';

export interface WasmImage {
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** Blobs by hex digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Images of the manifest, when it is an index. */
  readonly images: readonly WasmImage[];
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** A layer with the module alone; the two types are those of the two tools that push such images. */
export function artifact(
  module: Uint8Array,
  layerType = 'application/vnd.module.wasm.content.layer.v1+wasm',
): WasmImage {
  return image(ociManifest, 'application/vnd.module.wasm.config.v1+json', [[layerType, Buffer.from(module)]]);
}

export function containerImage(module: Uint8Array, maker: 'oci' | 'docker' = 'oci'): WasmImage {
  const first = gzipSync(tar([{ name: 'runtime-config.json', content: '{}' }]));
  const last = gzipSync(tar([{ name: 'plugin.wasm', content: module }]));
  if (maker === 'oci') {
    const layer = 'application/vnd.oci.image.layer.v1.tar+gzip';
    return image(ociManifest, 'application/vnd.oci.image.config.v1+json', [
      [layer, first],
      [layer, last],
    ]);
  }
  const layer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  return image(dockerManifest, 'application/vnd.docker.container.image.v1+json', [
    [layer, first],
    [layer, last],
  ]);
}

export function image(
  mediaType: string,
  configType: string,
  layers: readonly (readonly [type: string, bytes: Buffer])[],
): WasmImage {
  const config = Buffer.from('{}');
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: descriptor(configType, config),
    layers: layers.map(([type, bytes]) => descriptor(type, bytes)),
  };
  const blobs = new Map([config, ...layers.map(([, bytes]) => bytes)].map((bytes) => [sha256(bytes), bytes]));
  return { mediaType, manifest: json(manifest), blobs, images: [] };
}

/** Images by architecture. */
export function imageIndex(images: Readonly<Record<string, WasmImage>>): WasmImage {
  const manifests = Object.entries(images).map(([architecture, each]) => ({
    ...descriptor(each.mediaType, each.manifest),
    platform: { os: architecture === 'unknown' ? 'unknown' : 'linux', architecture },
  }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return {
    mediaType,
    manifest: json({ schemaVersion: 2, mediaType, manifests }),
    blobs: new Map(),
    images: Object.values(images),
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function descriptor(mediaType: string, bytes: Buffer): object {
  return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
