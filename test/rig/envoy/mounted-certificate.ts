import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorityResource, certificateResource } from '../../../src/infra/bootstrap.ts';
import type { TlsMaterial } from '../../../src/lib/tls-identity.ts';

/** Files that change as a kubelet changes a mounted Secret: all at once, by a link. */
export class MountedCertificate {
  readonly certificateFile: string;
  readonly authorityFile: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-mount-'));
  #mounts = 0;

  constructor(material: TlsMaterial) {
    this.certificateFile = join(this.#folder, 'certificate.json');
    this.authorityFile = join(this.#folder, 'authority.json');
    const folder = join(this.#folder, 'mount');
    this.mount(material);
    for (const name of Object.keys(filesOf(material))) symlinkSync(join('..data', name), join(folder, name));
    const [certificate = '', privateKey = '', authority = ''] = Object.keys(filesOf(material)).map((name) =>
      join(folder, name),
    );
    const files = { folder, certificate, privateKey, authority };
    writeFileSync(this.certificateFile, certificateResource(files));
    writeFileSync(this.authorityFile, authorityResource(files));
  }

  mount(material: TlsMaterial): void {
    const data = `data-${++this.#mounts}`;
    const mounted = join(this.#folder, 'mount');
    mkdirSync(join(mounted, data), { recursive: true });
    for (const [name, text] of Object.entries(filesOf(material)))
      writeFileSync(join(mounted, data, name), text);
    symlinkSync(data, join(mounted, '..data_tmp'));
    renameSync(join(mounted, '..data_tmp'), join(mounted, '..data'));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

function filesOf({ certificate, privateKey, ca }: TlsMaterial): Record<string, string> {
  return { 'tls.crt': certificate, 'tls.key': privateKey, 'ca.crt': ca };
}
