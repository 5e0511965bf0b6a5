import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sluiceNamespace } from '../sluice.ts';

/** Sluice's status writes by the API server's audit log, which outlives every replica. */
export class StatusAudit {
  written = 0;
  /** Writes that can never succeed. */
  refused = 0;
  readonly #file: string;
  #offset: number;

  /** `folder` is the bed's. */
  constructor(folder: string) {
    this.#file = join(folder, 'logs', 'audit-apiserver.log');
    this.#offset = statSync(this.#file).size;
  }

  read(): void {
    const file = openSync(this.#file, 'r');
    try {
      const buffer = Buffer.alloc(statSync(this.#file).size - this.#offset);
      const text = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, this.#offset));
      const end = text.lastIndexOf('\n') + 1;
      this.#offset += end;
      for (const line of text.toString('utf8', 0, end).split('\n')) if (line !== '') this.#count(line);
    } finally {
      closeSync(file);
    }
  }

  #count(line: string): void {
    const { verb, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    if (verb !== 'patch' || objectRef?.subresource !== 'status' || user.username !== account) return;
    const code = responseStatus?.code ?? 0;
    if (code === 200) this.written++;
    if (code === 400 || code === 403 || code === 422) this.refused++;
  }
}

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly subresource?: string };
  readonly responseStatus?: { readonly code: number };
}

const account = `system:serviceaccount:${sluiceNamespace}:sluice`;
