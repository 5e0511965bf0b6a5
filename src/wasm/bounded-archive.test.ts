import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pax, tar, type TarEntry } from '../../test/rig/wasm/tar.ts';
import { moduleFromArchive } from './bounded-archive.ts';
import { FetchFailure } from '../remote/fetch-failure.ts';

const MiB = 1024 * 1024;
const maxModuleBytes = MiB;
const module = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 2, 3]);
const plugin: TarEntry = { name: 'plugin.wasm', content: module };
const zeros = gzipSync(Buffer.alloc(16 * MiB), { level: 9 });

function archive(content: Buffer): Buffer {
  return tar([{ name: 'plugin.wasm', content }]);
}

/** Returns the bytes, or the reason. */
async function unpacked(packed: Uint8Array, file: 'plugin.wasm' | 'first' = 'plugin.wasm') {
  try {
    const { signal } = new AbortController();
    return Buffer.from(await moduleFromArchive(packed, { maxModuleBytes, file, signal }));
  } catch (error) {
    if (error instanceof FetchFailure && error.result.kind === 'denied') return error.result.reason;
    throw error;
  }
}

test.each<[string, Uint8Array]>([
  ['a module as it is', module],
  ['a gzipped module', gzipSync(module)],
  ['an archive', tar([plugin])],
  ['a gzipped archive', gzipSync(tar([plugin]))],
  [
    'an archive with folders',
    gzipSync(
      tar([
        { name: 'a/', type: '5' },
        { name: './a/plugin.wasm', content: module },
      ]),
    ),
  ],
  ['an archive with other files', tar([{ name: 'README', content: 'x'.repeat(5000) }, plugin])],
  [
    'a long name',
    tar([
      { name: '././@LongLink', type: 'L', content: `${'d/'.repeat(120)}plugin.wasm\0` },
      { name: 'cut', content: module },
    ]),
  ],
  [
    'a PAX name',
    tar([
      { name: 'h', type: 'x', content: pax('path', `${'d/'.repeat(120)}plugin.wasm`) },
      { name: 'cut', content: module },
    ]),
  ],
  ['an archive without its end', tar([plugin], false)],
  [
    'members of gzip one after another',
    Buffer.concat([gzipSync(module.subarray(0, 4)), gzipSync(module.subarray(4))]),
  ],
])('the module is found in %s', async (_name, packed) => {
  expect(await unpacked(packed)).toEqual(module);
});

test('an archive that comes by HTTP holds the module under any name', async () => {
  const packed = gzipSync(
    tar([
      { name: 'd/', type: '5' },
      { name: 'd/my.wasm', content: module },
    ]),
  );
  expect(await unpacked(packed, 'first')).toEqual(module);
  expect(await unpacked(packed)).toBe('content');
});

test('a module may be as large as allowed, and not a byte larger', async () => {
  const largest = Buffer.concat([module, randomBytes(maxModuleBytes - module.length)]);
  const larger = Buffer.concat([largest, Buffer.alloc(1)]);
  expect(largest.equals(Buffer.from(await unpacked(largest)))).toBe(true);
  expect(largest.equals(Buffer.from(await unpacked(gzipSync(archive(largest)))))).toBe(true);
  expect(await unpacked(larger)).toBe('size');
  expect(await unpacked(gzipSync(larger))).toBe('size');
  expect(await unpacked(archive(larger))).toBe('size');
});

/** Hostile archives, each with the reason of its refusal. */
const hostile: [string, Uint8Array, 'size' | 'content'][] = [
  ['10 GB of zeros', Buffer.concat(Array<Buffer>(640).fill(zeros)), 'size'],
  ['16 MB of zeros', zeros, 'size'],
  [
    '10 GB behind the start of a module',
    Buffer.concat([gzipSync(module), ...Array<Buffer>(640).fill(zeros)]),
    'size',
  ],
  ['a module that grows 1,000 times', gzipSync(Buffer.concat([module, Buffer.alloc(3 * MiB)])), 'size'],
  [
    '10 GB in an archive',
    Buffer.concat([
      gzipSync(tar([{ name: 'x', size: 8 * 1024 * MiB - 1 }], false)),
      ...Array<Buffer>(640).fill(zeros),
    ]),
    'size',
  ],
  ['a module that claims 8 GB', gzipSync(tar([{ ...plugin, size: 8 * 1024 * MiB - 1 }])), 'size'],
  [
    'a module that claims a size in base 256',
    gzipSync(
      tar([{ ...plugin, size: '\u0080\u0000\u0000\u0000\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff' }]),
    ),
    'size',
  ],
  [
    'a negative size',
    gzipSync(
      tar([{ ...plugin, size: '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00fe' }]),
    ),
    'content',
  ],
  ['a size that is no number', gzipSync(tar([{ ...plugin, size: 'zzzzzzzzzzz\0' }])), 'content'],
  [
    'a PAX size of 10 TB',
    gzipSync(tar([{ name: 'h', type: 'x', content: pax('size', '10995116277760') }, plugin])),
    'size',
  ],
  [
    'a PAX size that is no number',
    gzipSync(tar([{ name: 'h', type: 'x', content: pax('size', '-1e99') }, plugin])),
    'content',
  ],
  [
    'a PAX header that claims 8 GB',
    gzipSync(tar([{ name: 'h', type: 'x', size: 8 * 1024 * MiB - 1 }, plugin])),
    'content',
  ],
  [
    'a PAX record longer than its header',
    gzipSync(tar([{ name: 'h', type: 'x', content: '99999999999 path=x\n' }])),
    'content',
  ],
  [
    'a GNU name that claims 8 GB',
    gzipSync(tar([{ name: 'h', type: 'L', size: 8 * 1024 * MiB - 1 }, plugin])),
    'content',
  ],
  ['a sparse file', gzipSync(tar([{ ...plugin, type: 'S' }])), 'content'],
  [
    'a symbolic link',
    gzipSync(tar([{ name: 'plugin.wasm', type: '2', linkName: '/etc/passwd' }])),
    'content',
  ],
  ['a hard link', gzipSync(tar([{ name: 'plugin.wasm', type: '1', linkName: '/etc/passwd' }])), 'content'],
  ['a device', gzipSync(tar([{ name: 'plugin.wasm', type: '3' }])), 'content'],
  [
    '5,000 files',
    gzipSync(tar(Array.from({ length: 5000 }, () => ({ name: 'x', content: 'ab' }))), { level: 1 }),
    'size',
  ],
  ['an archive in an archive', gzipSync(gzipSync(module)), 'content'],
  ['a header with another checksum', gzipSync(tar([plugin]).fill(1, 0, 1)), 'content'],
  [
    'a module that is cut off',
    gzipSync(tar([{ name: 'plugin.wasm', content: Buffer.alloc(2000, 1) }], false).subarray(0, 1000)),
    'content',
  ],
  ['gzip that is cut off', gzipSync(tar([plugin])).subarray(0, 30), 'content'],
  ['gzip that is broken', gzipSync(tar([plugin])).fill(0xff, 20, 40), 'content'],
  ['zeros', gzipSync(Buffer.alloc(4096)), 'content'],
  ['nothing', gzipSync(Buffer.alloc(0)), 'content'],
  ['no byte at all', Buffer.alloc(0), 'content'],
  [
    'a component, which proxies cannot run',
    Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, 1]),
    'content',
  ],
  ['a page of HTML', Buffer.from('<!doctype html><title>Sign in</title>'), 'content'],
];

test.each(hostile)('%s is refused', async (_name, packed, reason) => {
  expect(await unpacked(packed)).toBe(reason);
});

test('no archive takes more memory than the largest module is allowed to, and some', async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 0);
  for (const [, packed] of hostile) await unpacked(packed);
  clearInterval(watch);
  expect(most).toBeLessThan(32 * MiB);
});

test('what grows as only bombs do is refused below every other limit', async () => {
  const { signal } = new AbortController();
  const limits = { maxModuleBytes: 16 * MiB, file: 'plugin.wasm', signal } as const;
  const bomb = gzipSync(Buffer.concat([module, Buffer.alloc(3 * MiB)]), { level: 9 });
  await expect(moduleFromArchive(bomb, limits)).rejects.toThrow('200 times its own size');
  const small = Buffer.concat([module, Buffer.alloc(MiB / 2)]);
  expect(small.equals(await moduleFromArchive(gzipSync(small, { level: 9 }), limits))).toBe(true);
});
