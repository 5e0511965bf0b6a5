import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { moduleFromArchive } from '../../../src/wasm/bounded-archive.ts';
import { FetchFailure } from '../../../src/remote/fetch-failure.ts';
import { readManifest } from '../../../src/wasm/image-manifest.ts';
import { pax, tar } from '../../rig/wasm/tar.ts';
import { artifact, containerImage } from '../../rig/wasm/wasm-image.ts';
import { bytesDoor, textDoor } from '../door.ts';

const module = Buffer.from('0061736d01000000000100', 'hex');
const packed = tar([
  { name: 'a/', type: '5' },
  { name: 'long', type: 'x', content: pax('path', 'plugin.wasm') },
  { name: 'plugin.wasm', content: module },
]);

const archiveDoor = bytesDoor({
  name: 'archive',
  seeds: [
    module,
    gzipSync(module),
    packed,
    gzipSync(packed),
    tar([{ name: 'plugin.wasm', size: 'x', content: module }], false),
    gzipSync(Buffer.alloc(100_000)),
  ],
  words: [
    'ustar\u000000',
    'plugin.wasm',
    '\u0000asm\u0001\u0000\u0000\u0000',
    '0000644',
    '00000000013',
    'path=',
  ],
  run: async (bytes) => {
    const answers = [];
    for (const file of ['plugin.wasm', 'first'] as const) {
      const signal = AbortSignal.timeout(60_000);
      const limits = { maxModuleBytes: 64 * 1024, file, signal };
      try {
        const found = await moduleFromArchive(bytes, limits);
        if (found.length > limits.maxModuleBytes) throw new Error('larger than is allowed');
        answers.push(Buffer.from(found).toString('base64'));
      } catch (error) {
        if (!(error instanceof FetchFailure)) throw error;
        answers.push(error.message);
      }
    }
    return answers;
  },
});

const manifestDoor = textDoor({
  name: 'image manifest',
  seeds: [
    artifact(module).manifest.toString(),
    containerImage(module).manifest.toString(),
    JSON.stringify({
      manifests: [
        { mediaType: 'a', digest: `sha256:${'a'.repeat(64)}`, size: 1, platform: { architecture: 'wasm' } },
      ],
    }),
  ],
  words: [
    '"layers"',
    '"manifests"',
    '"digest"',
    'sha256:',
    '"size"',
    '-1',
    '1e400',
    '"platform"',
    '{',
    '[',
    'null',
  ],
  run: readManifest,
});

export const moduleDoors = [archiveDoor, manifestDoor];
