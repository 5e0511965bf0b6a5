import { z } from 'zod';

const suffixes: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/** Whole number of bytes from `min` to `max`, as a number or with a suffix of Kubernetes, such as `32Ki`. */
export function byteQuantity(min: number, max: number) {
  return z
    .union([z.number(), z.string().max(32)])
    .transform((value) => bytesOf(String(value)))
    .refine((bytes) => bytes !== undefined, 'must be a number of bytes such as 4096, 32Ki or 1M')
    .transform((bytes) => bytes ?? min)
    .refine((bytes) => bytes >= min && bytes <= max, `must be from ${min} to ${max} bytes`);
}

function bytesOf(text: string): number | undefined {
  const [, digits = '', suffix = ''] = /^(\d{1,19})([EPTGMK]i|[EPTGMk])?$/.exec(text) ?? [];
  return digits === '' ? undefined : Number(digits) * (suffixes.get(suffix) ?? 1);
}
