import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function capture(format: 'json' | 'text') {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format }, { write: (line) => lines.push(line) });
  return { log, lines };
}

test('a text line is time, level, message and fields', () => {
  const { log, lines } = capture('text');
  log.warn({ lane: 'config', units: 3, detail: 'two words' }, 'a wave is late');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}a wave is late lane=config units=3 detail="two words"\n$/,
  );
});

test('a message cannot forge a second line', () => {
  const { log, lines } = capture('text');
  log.info({ name: 'a\nb' }, 'x\n12:00:00.000 ERROR forged\u001b[31m');
  expect(lines.join('').split('\n')).toHaveLength(2);
  expect(lines[0]).not.toContain('\u001b');
});

test('a JSON line carries level, time, message and fields by name', () => {
  const { log, lines } = capture('json');
  log.error({ unit: 'Listener/a/b/80', message: 'too deep' }, 'translation failed');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'error',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    unit: 'Listener/a/b/80',
    message: 'too deep',
    msg: 'translation failed',
  });
});

test('the level can change while the log is in use', () => {
  const { log, lines } = capture('json');
  log.debug({}, 'one');
  log.level = 'debug';
  log.debug({}, 'two');
  expect(lines).toHaveLength(1);
});
