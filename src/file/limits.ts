import type { FolderLimits } from './manifest-folder.ts';

/** A folder within these is read in seconds; one beyond them was most likely not meant to be read. */
export const defaultLimits: FolderLimits = {
  maxFileBytes: 4 * 1024 * 1024,
  maxFiles: 10_000,
  ignore: [],
};
