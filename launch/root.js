import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of package.json. The oldest Node.js that reads this file has no `import.meta.dirname`. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
