export interface TarEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Size in the header; the content's by default. Text goes in as it is. */
  readonly size?: number | string;
  /** `0`: a file, `5`: a folder, `2`: a symbolic link, `x`: a PAX header, `L`: a GNU long name, `S`: a sparse file. */
  readonly type?: string;
  readonly linkName?: string;
}

/** In ustar format, by default with its end: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
export function tar(entries: readonly TarEntry[], end = true): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    return [header(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(end ? 1024 : 0)]);
}

export function pax(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

function header({ name, size, type = '0', linkName = '' }: TarEntry, contentBytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  const claimed = size ?? contentBytes;
  block.write(
    typeof claimed === 'string' ? claimed : `${claimed.toString(8).padStart(11, '0')}\0`,
    124,
    'latin1',
  );
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(linkName.slice(0, 100), 157);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
