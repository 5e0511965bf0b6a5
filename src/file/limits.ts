import type { FolderLimits } from './manifest-folder.ts';

/** A folder within these limits is read in seconds; a larger one is most likely a wrong path. */
export const defaultLimits: FolderLimits = {
  maxFileBytes: 4 * 1024 * 1024,
  maxFiles: 10_000,
  ignore: [],
};
