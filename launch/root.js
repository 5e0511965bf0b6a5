import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. `import.meta.dirname` is younger than the oldest Node.js that may read this. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
