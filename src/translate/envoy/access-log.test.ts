import { expect, test } from 'vitest';
import type { AccessLogIR, FileSinkIR } from '../telemetry-ir.ts';
import { accessLog } from './access-log.ts';

test('standard output is written to as it is, and any other path is a file', () => {
  const format = { kind: 'text', text: '%PROTOCOL%' } as const;
  expect(accessLog(file('/dev/stdout', format)).name).toBe('envoy.access_loggers.stdout');
  expect(accessLog(file('/dev/stderr', format)).name).toBe('envoy.access_loggers.file');
});

test('a field may be called __proto__', () => {
  const fields = [['__proto__', '%PROTOCOL%']] as const;
  const bytes = accessLog(file('/a', { kind: 'json', fields })).configType?.value.value;
  expect(Buffer.from(bytes ?? []).toString('latin1')).toMatch(/__proto__.*%PROTOCOL%/s);
});

function file(path: string, format: FileSinkIR['format']): AccessLogIR {
  return { sink: { kind: 'file', path, format }, matches: [], isOfUnmatched: false };
}
