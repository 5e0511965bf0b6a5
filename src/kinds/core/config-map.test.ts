import { expect, test } from 'vitest';
import { configMapKind } from './config-map.ts';

const script = 'function envoy_on_response(handle) end';

test.each<[string, object | null, object]>([
  ['the script under its key', { lua: script, a: `${script} -- other` }, { lua: script }],
  ['else the first script by its key', { z: `${script} -- z`, b: script, a: 'no script' }, { lua: script }],
  ['the certificates of an authority', { 'ca.crt': 'pem', config: 'large' }, { ca: 'pem' }],
  ['nothing else', { 'config.yaml': 'large' }, {}],
  ['a script under whatever key', JSON.parse(`{"__proto__": "${script}"}`) as object, { lua: script }],
  ['nothing of what is no text', { lua: 7, 'ca.crt': ['pem'] }, {}],
  ['nothing of what is no map', null, {}],
])('of a ConfigMap is kept %s', (_, data, kept) => {
  const row = configMapKind.schema.parse(data === null ? {} : { data });
  expect(JSON.parse(JSON.stringify(row))).toEqual(kept);
});
