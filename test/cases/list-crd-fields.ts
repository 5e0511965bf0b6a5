import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { crdFields, type Crd } from '../rig/kube/crd-fields.ts';

/**
 * `node test/cases/list-crd-fields.ts FOLDER` writes the fields of `spec` of each kind to `crd-fields.txt`, of the CRDs in
 * the folder: `config/crd/experimental` of the newest release of Gateway API.
 */

const [folder = '.'] = process.argv.slice(2);
const lines = globSync('gateway.networking.k8s.io_*.yaml', { cwd: folder })
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((each) => each.toJS() as Crd),
  )
  .filter((object) => object?.kind === 'CustomResourceDefinition')
  .flatMap((crd) => crdFields(crd).map(({ path, type }) => `${crd.spec.names.kind} ${path} ${type}`));
writeFileSync(join(import.meta.dirname, 'crd-fields.txt'), `${lines.sort().join('\n')}\n`);
