import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { failureText } from '../lib/failure.ts';
import type { ResourceKey } from '../lib/key.ts';
import type { RowChange } from '../kinds/row.ts';
import { fileProblem, type FileProblem, type Place } from './file-problem.ts';
import { defaultLimits } from './limits.ts';
import { ManifestFolder, type FolderLimits } from './manifest-folder.ts';

export interface ReadManifests {
  /** A `put` for each object, in order of the files and their text. */
  readonly changes: readonly RowChange[];
  readonly problems: readonly FileProblem[];
  readonly apiVersions: ReadonlyMap<ResourceKey, string>;
  /** Finds the place of a field of an object, or of the object itself. */
  readonly placeOf: (key: ResourceKey, path: string) => Promise<Place | undefined>;
}

/** Reads a folder of manifests, or one file, once, by the rules of a folder that is followed. Never rejects. */
export async function readManifests(
  path: string,
  limits: Partial<FolderLimits> = {},
): Promise<ReadManifests> {
  try {
    const real = await realpath(path);
    const isDirectory = (await stat(real)).isDirectory();
    const all = { ...defaultLimits, ...limits };
    const folder = isDirectory
      ? new ManifestFolder(real, all, systemClock)
      : new ManifestFolder(dirname(real), { ...all, only: basename(real) }, systemClock);
    const { changes } = await folder.scan();
    return {
      changes,
      problems: folder.problems(),
      apiVersions: folder.apiVersions,
      placeOf: (key, field) => folder.placeOf(key, field),
    };
  } catch (error) {
    const problem = fileProblem(path, `cannot be read: ${failureText(error)}`);
    return { changes: [], problems: [problem], apiVersions: new Map(), placeOf: nowhere };
  }
}

function nowhere(): Promise<undefined> {
  return Promise.resolve(undefined);
}
